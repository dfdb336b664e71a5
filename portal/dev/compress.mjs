// SPDX-License-Identifier: GPL-3.0-or-later
// Writes a .gz and a .br beside each text file of dist/: the server sends them as they are.
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = path.resolve(import.meta.dirname, "../dist");
const TEXT = /\.(js|css|html|svg|json|txt)$/;
const SMALLEST = 512;

const files = await readdir(dist, { recursive: true });
const sizes = [];
for (const name of files.filter((each) => TEXT.test(each))) {
	const file = path.join(dist, name);
	// index.html is filled in for each person, so it is never sent precompressed.
	if ((await stat(file)).size < SMALLEST || name === "index.html") continue;
	const bytes = await readFile(file);
	const gz = gzipSync(bytes, { level: 9 });
	const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
	await writeFile(`${file}.gz`, gz);
	await writeFile(`${file}.br`, br);
	sizes.push([name, bytes.length, gz.length, br.length]);
}

/* First load: what index.html names, the portal's main part, and what those import statically. */
const html = await readFile(path.join(dist, "index.html"), "utf8");
const seen = new Set();
const queue = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]);
queue.push(...files.filter((name) => /^assets\/main-[^/]+\.js$/.test(name)));
while (queue.length > 0) {
	const name = queue.pop();
	if (seen.has(name)) continue;
	seen.add(name);
	if (!name.endsWith(".js")) continue;
	const code = await readFile(path.join(dist, name), "utf8");
	for (const match of code.matchAll(/(?:import|from)\s*"\.\/([^"]+)"/g))
		queue.push(`assets/${match[1]}`);
}
const total = (column) =>
	sizes
		.filter(([name]) => seen.has(name) && name.endsWith(".js"))
		.reduce((sum, row) => sum + row[column], 0);
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
console.log(`first load: JavaScript ${kB(total(2))} gz, ${kB(total(3))} br`);
const BUDGET = 220_000;
if (total(2) > BUDGET) {
	console.error(`first-load JavaScript is over its budget of ${kB(BUDGET)}`);
	process.exit(1);
}
