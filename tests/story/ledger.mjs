// SPDX-License-Identifier: GPL-3.0-or-later
// The administrator's files and forms against the real API: targets from a CSV file whose first version has
// a wrong row, the addresses a gateway may come from, and the alarm of a gateway that remembers a lost history.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { axe, click, id } from "./browser.mjs";

const HEAD = "target,kind,target_group,gateway_group,port,addresses,account";

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

/** A wrong range is refused beside its field; a right one is kept. */
export async function sourceRanges(page, base, shot) {
	await page.goto(`${base}/gateways`);
	await click(id(page, "gateways").getByTestId("edit").first());
	const box = id(page, "gateway-dialog").locator('textarea[name="source_ranges"]');
	await box.fill("not-a-range");
	await click(id(page, "gateway-dialog-submit"));
	await id(page, "gateway-dialog").locator(".pf-v6-c-helper-text__item.pf-m-error").waitFor();
	await axe(page, "gateway, wrong range");
	await shot(page, "27-gateway-range");
	await box.fill("0.0.0.0/0\n::/0");
	await click(id(page, "gateway-dialog-submit"));
	await id(page, "gateway-dialog").waitFor({ state: "detached" });
	const kept = await page.evaluate(async () => (await (await fetch("/api/v1/gateways")).json()).items[0].source_ranges);
	assert.deepEqual(kept, ["0.0.0.0/0", "::/0"]);
}

/* As if a gateway had presented a checkpoint that the tree does not hold; tests/witness brings that about in truth. */
const LOST_HISTORY = `INSERT INTO witness (gateway_id, size, root, note, presented_at, verdict, alarmed_at)
	SELECT id, 4294967295, REPEAT('\\0', 32), '', UTC_TIMESTAMP(6), 'lost', UTC_TIMESTAMP(6) FROM gateway LIMIT 1
	ON DUPLICATE KEY UPDATE verdict = 'lost', alarmed_at = VALUES(alarmed_at), acknowledged = FALSE`;

/** The to-do names it and leads to the events; acknowledged, it is gone, and that is in the audit log. */
export async function acknowledgeRollback(page, base, folder, shot) {
	execFileSync("mariadb", ["--no-defaults", "--protocol=socket", "-S", `${folder}/data/run/db.sock`, "-u", "root",
		"-e", LOST_HISTORY, "sekisho"]);
	await page.goto(`${base}/admin`);
	const todo = page.locator('[data-todo="todo.rolled_back"]');
	assert.equal(await todo.getByRole("link").getAttribute("href"), "/audit?event=audit.rolled_back");
	await click(id(page, "acknowledge-rollback"));
	await id(page, "rollback-dialog").waitFor();
	await axe(page, "acknowledge a rollback");
	await shot(page, "20-rollback");
	await click(id(page, "rollback-dialog-submit"));
	await todo.waitFor({ state: "detached" });
	const events = await page.evaluate(async () =>
		(await (await fetch("/api/v1/audit?event=audit.rollback_acknowledged")).json()).items.length);
	assert.equal(events, 1);
}
