import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const noAws = { group: ['@aws-sdk/*', 'aws-cdk-lib*', '@middy/*', 'aws-lambda'], message: 'domain knows no AWS' };

/** The folders of the domain from the ground up: each may import what stands below it, and nothing beside or above it. */
const domainFloors = [
  ['errors.ts', 'hash.ts', 'time.ts', 'period.ts', 'locale.ts', 'time-zone.ts', 'windows-zones.ts', 'own.ts', 'storable.ts', 'truth.ts', 'address.ts'],
  ['pages', 'statistics', 'files'],
  ['events', 'emails', 'links'],
  ['rules', 'surveys', 'report'],
  ['plan'],
  ['profile'],
  ['campaigns', 'feedback', 'feed'],
  ['classifier'],
  ['fold', 'report-numbers', 'calibration'],
];

const domainFolders = domainFloors.flatMap((folders, floor) =>
  folders.map((folder) => {
    const below = domainFloors.slice(0, floor).flat().map((name) => (name.endsWith('.ts') ? name.replace('.', '\\.') : `${name}/`));
    return {
      files: [`lambdas/domain/${folder}/**/*.ts`],
      rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: `^\\.\\./(?!\\.\\./schemas/|${below.join('|')})`, message: `domain/${folder} imports only what stands below it in domainFloors (eslint.config.js), and schemas` }, noAws] }] },
    };
  }).filter(({ files }) => !files[0].includes('.ts/')),
);

export default tseslint.config(
  { ignores: ['node_modules', 'cdk.out', '.build', '.segue', 'coverage', 'docs'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js'] })], 'import-x/extensions': ['.ts'], 'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
    },
  },
  {
    // Imports point one way: index -> handler -> domain, schemas, adapters.
    files: ['lambdas/schemas/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: ['../**', '@aws-sdk/*', 'aws-cdk-lib*'], message: 'schemas import only zod and each other' }] }] },
  },
  {
    files: ['lambdas/domain/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: '^\\.\\./(?!schemas/)', message: 'domain imports only domain and schemas' }, noAws] }],
      'no-restricted-globals': ['error', { name: 'setTimeout', message: 'domain has no clock' }, { name: 'fetch', message: 'domain is pure' }, { name: 'process', message: 'domain is pure' }],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'take nowMs as an argument' },
        { object: 'Math', property: 'random', message: 'take the random source as an argument' },
      ],
      'no-restricted-syntax': ['error', { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'take nowMs as an argument' }],
    },
  },
  ...domainFolders,
  {
    files: ['lambdas/adapters/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: '^(\\.\\./)+(?!(\\.\\./)*(schemas/|domain/|[a-z-]+\\.ts$|(mail|profiles)/))', message: 'adapters import only adapters, domain and schemas' }, { group: ['aws-cdk-lib*'], message: 'adapters know no CDK' }] }] },
  },
  {
    files: ['lambdas/!(adapters|domain|schemas)/**/*.ts'],
    ignores: ['lambdas/*/index.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: ['@aws-sdk/*', '@middy/*', 'aws-cdk-lib*'], message: 'only adapters and index.ts touch AWS and middy' }, { regex: 'segue\\.config', message: 'the config comes in through deps' }] }] },
  },
  {
    files: ['lambdas/*/handler.ts'],
    rules: { 'max-lines': ['error', { max: 65, skipBlankLines: true, skipComments: true }] },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-explicit-any': 'off' } },
  {
    files: ['lib/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: 'lambdas/(?!schemas/)', message: 'lib imports only schemas and the config' }, { group: ['@aws-sdk/*'], message: 'lib describes, it does not call' }] }] },
  },
);
