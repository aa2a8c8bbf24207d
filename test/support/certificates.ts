import { join } from 'node:path';
import { demand } from '../../scripts/run-command.mts';

/**
 * Certificates for an engine that asks its clients for theirs: an authority (`ca.pem`), the engine (`server.pem`, `server-key.pem`) and a
 * client (`cert.pem`, `key.pem`), of an elliptic curve, valid for two days.
 */
export async function makeCertificates(folder: string): Promise<void> {
  const at = (name: string): string => join(folder, name);
  const request = async (name: string, key: string, more: readonly string[]): Promise<void> => {
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await demand('openssl', [...words, '-days', '2', '-keyout', at(key), '-out', at(name), ...more]);
  };
  await request('ca.pem', 'ca-key.pem', ['-subj', '/CN=authority']);
  const authority = ['-CA', at('ca.pem'), '-CAkey', at('ca-key.pem')];
  const signed = (usage: string) =>
    authority.concat('-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `extendedKeyUsage=${usage}`);
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  await request('server.pem', 'server-key.pem', ['-subj', '/CN=engine', ...signed('serverAuth'), ...names]);
  await request('cert.pem', 'key.pem', ['-subj', '/CN=client', ...signed('clientAuth')]);
}
