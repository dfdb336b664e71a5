// SPDX-License-Identifier: GPL-3.0-or-later
// The administrator's CSV file of targets against the real API; its first version has a wrong row.
import assert from "node:assert/strict";
import { axe, click } from "./browser.mjs";

const HEAD = "target,kind,target_group,gateway_group,port,addresses,account";
const id = (page, name) => page.getByTestId(name);

const namesOf = (page, list) => page.evaluate(async (path) =>
	(await (await fetch(`/api/v1/${path}`)).json()).items.map(({ name }) => name), list);

function csv(group, gateways, lastPort) {
	const row = (name, port, address) => [name, "linux_ssh", group, gateways, port, address, "root"].join(",");
	return Buffer.from(`\ufeff${[HEAD, row("csv-1", 22, "192.0.2.11"), row("csv-2", lastPort, "192.0.2.12")].join("\r\n")}\r\n`);
}

/** Tried first; the mistake is told by row and column; the same file corrected is imported. */
export async function importTargets(page, base, shot) {
	await page.goto(`${base}/admin/targets`);
	await click(id(page, "import-open"));
	const [group] = await namesOf(page, "target-groups");
	const [gateways] = await namesOf(page, "gateway-groups");
	const choose = (port) => id(page, "import-file").setInputFiles(
		{ name: "targets.csv", mimeType: "text/csv", buffer: csv(group, gateways, port) });
	await choose(70000);
	const mistake = id(page, "import-errors").locator("tbody tr");
	await mistake.first().waitFor();
	assert.equal(await mistake.count(), 1);
	const cells = await mistake.locator("td").allInnerTexts();
	assert.deepEqual(cells.slice(0, 2).map((text) => text.trim()), ["3", "port"]);
	assert.notEqual(cells[2].trim(), "");
	assert(await id(page, "import-submit").isDisabled(), "a file with mistakes can be imported");
	await axe(page, "import, mistakes");
	await shot(page, "21-import-mistakes");
	await choose(2222);
	await page.locator('[data-testid="import-plan"][data-errors="0"]').waitFor();
	await click(id(page, "import-submit"));
	for (const name of ["csv-1", "csv-2"])
		await id(page, "ledger").locator("tbody tr").filter({ hasText: name }).waitFor();
	await shot(page, "21-imported");
}
