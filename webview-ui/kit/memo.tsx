import { Component, type ComponentType, type FunctionComponent } from 'preact';

/**
 * Draws the component again only when one of its properties is another one. What the editor did not change stays the
 * same object, so that a panel is not compared with itself ten times a second.
 */
export function memo<P extends object>(Drawn: FunctionComponent<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const { props } = this;
      const names = new Set([...Object.keys(props), ...Object.keys(next)]) as Set<keyof P & string>;
      return [...names].some((name) => props[name] !== next[name]);
    }

    override render() {
      return <Drawn {...this.props} />;
    }
  };
}
