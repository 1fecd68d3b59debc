import js from '@eslint/js';
import jsdoc from 'eslint-plugin-jsdoc';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

const typed = {
  parserOptions: {
    project: ['./tsconfig.json', './tsconfig.test.json', './page/tsconfig.json'],
    tsconfigRootDir: import.meta.dirname,
  },
};

export default tseslint.config(
  // kernels/ is AssemblyScript: its own compiler checks the types.
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'kernels/', '**/*.cjs'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, rxjsX.configs.recommended],
    languageOptions: typed,
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
    },
  },
  {
    files: ['src/**/*.ts', 'page/**/*.ts'],
    plugins: { jsdoc },
    rules: {
      'no-console': 'error',
      'max-lines': ['error', 250],
      'max-lines-per-function': ['error', { max: 50, skipComments: true, skipBlankLines: true }],
      complexity: ['error', 10],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' }],
      // Every exported name says what it is, in what unit, and who owns the buffer.
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          contexts: [
            'ExportNamedDeclaration > :matches(ClassDeclaration, FunctionDeclaration, TSInterfaceDeclaration, TSTypeAliasDeclaration, VariableDeclaration)',
          ],
          require: { ClassDeclaration: true, FunctionDeclaration: true, MethodDefinition: true },
          checkConstructors: false,
          checkGetters: true,
        },
      ],
    },
  },
  {
    // Kernels index typed arrays inside bounds that their loops prove; `!` there costs nothing at run time.
    files: [
      'src/{change,scales,wire}/**/*.ts',
      'src/analyze/figures/**/*.ts',
      'src/encode/worker/**/*.ts',
      'test/**/*.ts',
      'bench/**/*.ts',
    ],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
        AbortController: 'readonly',
      },
    },
  },
);
