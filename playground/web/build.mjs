// Builds ../dist, which is committed so that the server needs only Go.
//
// The output depends on nothing but the sources and package-lock.json: names
// carry a hash of their content, no source maps and no dates are written, and
// the folder is emptied first. `make check` relies on that.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { licenceReport } from './licences.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, '..', 'dist');
const publicPath = '/playground';

// GraphiQL's style sheet embeds its fonts for seven alphabets. The faces for
// Latin stay; leaving out the rest saves 260 kB, and text in other alphabets
// uses the reader's own fonts.
const latinFontsOnly = {
  name: 'latin-fonts-only',
  setup(build) {
    build.onLoad({ filter: /graphiql[\\/]dist[\\/]style\.css$/ }, async ({ path }) => {
      const css = await readFile(path, 'utf8');
      const contents = css.replace(/@font-face\s*\{[^}]*\}/g, (face) =>
        /unicode-range:(?!\s*U\+0000-00FF)/.test(face) ? '' : face);
      if (contents === css) {
        throw new Error(`found no fonts to leave out in ${path}`);
      }
      return { contents, loader: 'css' };
    });
  },
};

const result = await esbuild.build({
  absWorkingDir: here,
  entryPoints: { app: 'src/main.jsx' },
  outdir: join(dist, 'assets'),
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome111', 'firefox115', 'safari16.4'],
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.graphql': 'text' },
  // The original adds a <style> element, which the page's policy forbids.
  alias: { 'react-style-singleton': resolve(here, 'src/style-singleton.js') },
  plugins: [latinFontsOnly],
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
});

const byExtension = (extension) => {
  const found = result.outputFiles.filter((file) => file.path.endsWith(extension));
  if (found.length !== 1) {
    throw new Error(`expected one ${extension} file, got ${found.length}`);
  }
  return found[0];
};
const script = byExtension('.js');
const style = byExtension('.css');

const page = (await readFile(join(here, 'index.html'), 'utf8'))
  .replace('[[js]]', `${publicPath}/assets/${basename(script.path)}`)
  .replace('[[css]]', `${publicPath}/assets/${basename(style.path)}`);

await rm(dist, { recursive: true, force: true });
await mkdir(join(dist, 'assets'), { recursive: true });
await writeFile(script.path, script.contents);
await writeFile(style.path, style.contents);
await writeFile(join(dist, 'index.html'), page);
await writeFile(join(dist, 'licences.txt'), await licenceReport(here, result.metafile));

const kilobytes = (file) => `${basename(file.path)} ${Math.round(file.contents.length / 1000)} kB`;
console.log([script, style].map(kilobytes).join('\n'));
