import type { IConstruct } from 'constructs';

const key = 'segue:tracing';

/** Turns X-Ray tracing on or off for everything below a construct. To be called before anything is put below it. */
export const setTracing = (scope: IConstruct, isOn: boolean): void => scope.node.setContext(key, isOn);

/** Are requests, functions and workflows traced? Off where nobody has said so. */
export const isTraced = (scope: IConstruct): boolean => scope.node.tryGetContext(key) === true;
