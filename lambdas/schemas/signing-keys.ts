/** Name of the parameter that holds a stage's signing keys. Whoever sends the first mail makes it: CloudFormation has no encrypted parameters. */
export const signingKeysName = (stageName: string): string => `/segue/${stageName}/signing-keys`;
