/** What a runner loads for an agent that speaks the Agent Client Protocol. */
export { createAcpConversation } from './acp-client.ts';
export { createAskPerson } from './ask-person.ts';
