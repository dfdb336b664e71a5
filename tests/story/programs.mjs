// SPDX-License-Identifier: GPL-3.0-or-later
// The administrator makes a program; it signs in with the secret that was shown once, works, and is out when that is revoked.
import assert from "node:assert/strict";
import { request } from "node:https";
import { axe, click, field, id } from "./browser.mjs";

const NAME = "inventory";

/** As a program asks, without a browser: {status, body}. */
function ask({ base, ca }, method, path, headers, body) {
	return new Promise((resolve, reject) => {
		const asked = request(new URL(path, base), { method, ca, headers, agent: false }, async (answer) => {
			let text = "";
			for await (const part of answer) text += part;
			resolve({ status: answer.statusCode, body: JSON.parse(text) });
		});
		asked.on("error", reject);
		asked.end(body);
	});
}

const tokenWith = (world, secret) => ask(world, "POST", "/api/v1/oauth/token", {
	Authorization: `Basic ${Buffer.from(`${NAME}:${secret}`).toString("base64")}`,
	"Content-Type": "application/x-www-form-urlencoded",
}, "grant_type=client_credentials");

const people = (world, token) => ask(world, "GET", "/api/v1/users", { Authorization: `Bearer ${token}` });

async function make(page, { base, language, shot }) {
	await page.goto(`${base}/admin/programs`);
	await click(id(page, "add"));
	await field(page, "name", NAME);
	await field(page, "display_name", language === "ja" ? "資産台帳との突き合わせ" : "Compares with the inventory");
	await id(page, "field-roles-auditor").check();
	await id(page, "field-scopes-user.view").check();
	await field(page, "networks", "127.0.0.1/32");
	await axe(page, "add a program");
	await shot(page, "26-program-add");
	await click(id(page, "program-dialog-submit"));
	await click(id(page, "add-secret-dialog-submit"));
	const secret = await id(page, "secret-value").innerText();
	await axe(page, "a program's secret");
	await shot(page, "26-program-secret");
	await click(id(page, "secret-value-kept"));
	return secret;
}

async function revoke(page, secret, { shot }) {
	await click(id(page, "programs").locator(".sk-name").first());
	await id(page, "revoke-secret").waitFor();
	assert.equal((await page.content()).includes(secret.slice(12)), false, "a secret is shown a second time");
	await axe(page, "a program");
	await shot(page, "26-program");
	await click(id(page, "revoke-secret"));
	await click(id(page, "revoke-secret-dialog-submit"));
	await id(page, "revoke-secret").waitFor({ state: "detached" });
}

/** page: an administrator's; world has ca, the authority of our certificate. */
export async function programs(page, world) {
	const secret = await make(page, world);
	assert.match(secret, /^sekisho_cs_[\w-]{48}$/);
	const issued = await tokenWith(world, secret);
	assert.equal(issued.status, 200);
	const seen = await people(world, issued.body.access_token);
	assert(seen.body.items.some(({ login }) => login === "tanaka"));
	await revoke(page, secret, world);
	const refused = await tokenWith(world, secret);
	assert.deepEqual([refused.status, refused.body.error], [401, "invalid_client"]);
	assert.equal((await people(world, issued.body.access_token)).status, 401);
}
