import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

// Imports go one way: commands → fintrack → charts → components → kubernetes, docker → imports. What a folder must not import:
const FORBIDDEN = {
  'lib/cluster': ['commands', 'fintrack', 'charts', 'environments', 'components', 'kubernetes', 'docker', 'rules', 'imports'],
  'lib/commands': ['cluster'],
  'lib/rules': ['commands', 'fintrack', 'cluster'],
  'lib/charts': ['commands', 'fintrack', 'rules', 'cluster'],
  'lib/environments': ['commands', 'fintrack', 'charts', 'rules', 'docker', 'cluster'],
  'lib/components': ['commands', 'fintrack', 'charts', 'environments', 'rules', 'cluster'],
  'lib/kubernetes': ['commands', 'fintrack', 'charts', 'environments', 'components', 'rules', 'docker', 'cluster'],
  'lib/docker': ['commands', 'fintrack', 'charts', 'environments', 'components', 'kubernetes', 'rules', 'cluster', 'imports'],
};

// The other door is a program of its own, and its package is slow to load.
const OTHER_DOOR = { group: ['cdktn', './cluster/**', './lib/cluster/**'], message: 'Nothing but lib/cluster loads what is in it.' };

const oneWay = Object.entries(FORBIDDEN).map(([folder, forbidden]) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${['main', ...forbidden].join('|')})(/|$)`,
            message: `Imports go one way; ${folder} must not know this folder (see the tree in README.md).`,
          },
          { group: ['cdk8s-plus-27', 'cdk8s-plus-27/**', '@kubernetes-models/**'], message: 'Outside APIs come through imports/.' },
          ...(folder === 'lib/cluster' ? [] : [OTHER_DOOR]),
        ],
      },
    ],
  },
}));

export default defineConfig(
  { ignores: ['dist/', 'imports/', 'node_modules/', 'test/e2e/app/', 'docker/'] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['eslint.config.mjs'] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Constructs are made for their effect on the tree.
      'no-new': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Numbers in messages are what messages are for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Manifests differ by kind, and rules look at them by path.
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  ...oneWay,
  { files: ['main.ts', 'lib/fintrack.ts'], rules: { 'no-restricted-imports': ['error', { patterns: [OTHER_DOOR] }] } },
);
