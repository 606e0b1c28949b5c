// Collects the licence of every package that ended up in the bundle. Their
// terms ask that the notice travels with the code, minified or not.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

// The folder of the package that an input of the bundle belongs to, or null
// for our own sources.
function packageFolder(input) {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
  return match ? match[1] : null;
}

async function describe(root, folder) {
  const path = join(root, folder);
  const manifest = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
  const names = (await readdir(path)).filter((name) => /^(licen[cs]e|notice)/i.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(path, name), 'utf8')));
  const text = texts.map((each) => each.replace(/\r\n/g, '\n').trim()).join('\n\n');
  return {
    name: `${manifest.name} ${manifest.version}`,
    text: text || `Declared licence: ${manifest.license}. The package ships no licence text.`,
  };
}

// licenceReport groups packages by their text, since whole families share one.
export async function licenceReport(root, metafile) {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  const folders = [...new Set(inputs.map(packageFolder).filter(Boolean))].sort();
  const packages = await Promise.all(folders.map((folder) => describe(root, folder)));
  const namesByText = new Map();
  for (const { name, text } of packages) {
    namesByText.set(text, [...(namesByText.get(text) ?? []), name]);
  }
  const sections = [...namesByText].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  const rule = `\n${'-'.repeat(72)}\n\n`;
  return `The playground contains the packages below, each under its own licence.\n${rule}${sections.join(rule)}`;
}
