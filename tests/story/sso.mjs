// SPDX-License-Identifier: GPL-3.0-or-later
// People sign in with providers, at these providers' own pages: pressed on our sign-in page, signed in there, the own second
// factor here; and what they read when the provider said no.
import assert from "node:assert/strict";
import { axe, click, field, id, newPerson, signOut, totp } from "./browser.mjs";

const PATH = "/api/v1/identity-providers";

/** Our API, as the portal asks it. */
function ask(page, method, path, body, headers = {}) {
	return page.evaluate(async ([method, path, body, headers]) => {
		const answer = await fetch(path, { method, body, headers: { "Content-Type": "application/json", "X-Sekisho": "1", ...headers } });
		const text = await answer.text();
		if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
		return text && (answer.headers.get("content-type") ?? "").includes("json") ? JSON.parse(text) : text;
	}, [method, path, body && typeof body !== "string" ? JSON.stringify(body) : body, headers]);
}

async function change(page, { id: row }, body) {
	const { version } = await ask(page, "GET", `${PATH}/${row}`);
	await ask(page, "PATCH", `${PATH}/${row}`, body, { "If-Match": `"${version}"` });
}

/** The administrator makes both known here, and us known there. */
async function introduce(page, { oidc, saml }) {
	const first = await ask(page, "POST", PATH, { kind: "oidc", name: "Panva", issuer: oidc.issuer, client_id: oidc.client });
	await ask(page, "PUT", `${PATH}/${first.id}/secret`, oidc.secret, { "Content-Type": "application/octet-stream" });
	await change(page, first, { addresses: "127.0.0.1", trust: oidc.trust });
	const fetched = await ask(page, "POST", `${PATH}/${first.id}/fetch`);
	assert.equal(fetched.problem, null);
	const second = await ask(page, "POST", PATH, { kind: "saml", name: "SimpleSAMLphp", issuer: saml.entity });
	await ask(page, "PUT", `${PATH}/${second.id}/metadata`, { metadata: saml.metadata });
	const own = await ask(page, "GET", "/api/v1/sign-in/saml/metadata");
	await saml.know(own.match(/entityID="([^"]*)"/)[1], own.match(/Location="([^"]*acs)"/)[1], own.match(/<X509Certificate>(.*?)</s)[1]);
	for (const row of [first, second]) await change(page, row, { enabled: true });
	return { oidc: first.id, saml: second.id };
}

/** At oidc-provider: any password will do; then consent. */
async function atOidc(page, login) {
	await page.locator('input[name="login"]').fill(login);
	await page.locator('input[name="password"]').fill("any");
	await page.locator('button[type="submit"]').click();
	await page.locator('input[name="prompt"][value="consent"]').waitFor({ state: "attached" });
	await page.locator('button[type="submit"]').click();
}

async function atSaml(page, login) {
	await page.locator('input[name="username"]').fill(login);
	await page.locator('input[name="password"]').fill("secret");
	await page.locator('input[name="password"]').press("Enter");
}

/** A person says who they are there; from then on that is they. */
async function link({ page }, row, there, base) {
	const begun = await ask(page, "POST", `/api/v1/me/identities/link/${row}`);
	await page.goto(begun.location);
	await there(page);
	await page.waitForURL(`${base}/profile`);
	await id(page, "user-menu").waitFor();
}

async function press(page, kind, base) {
	await page.goto(`${base}/signin`);
	await click(page.locator(`[data-testid="sign-in-with"][data-kind="${kind}"]`));
}

async function signInWith(page, kind, there, { seed }, { base, shot }) {
	await press(page, kind, base);
	await there(page);
	await page.waitForURL(`${base}/signin/second`);
	await id(page, "sign-in").waitFor();
	await axe(page, `second step after ${kind}`);
	await shot(page, `21-second-${kind}`);
	await field(page, "code", totp(seed));
	await click(id(page, "sign-in"));
	await id(page, "user-menu").waitFor();
	assert.equal(new URL(page.url()).pathname, "/");
	await axe(page, `overview after ${kind}`);
	await signOut(page);
}

const WORDS = { ja: /外部サインインは受け付けられませんでした/, en: /sign-in with the provider was not accepted/ };

async function refused(page, { base, language, shot }) {
	await press(page, "oidc", base);
	await click(page.getByRole("link", { name: "Cancel" }));
	await page.locator('[data-testid="sign-in-failed"][data-failed="provider"]').waitFor();
	assert.match(await id(page, "sign-in-failed").innerText(), WORDS[language]);
	await axe(page, "sign-in, refused at the provider");
	await shot(page, "21-refused");
}

/** first and second: people who are signed in; administrator is as well. */
export async function providers(browser, { first, second, administrator }, known, world) {
	const { base, language, shot } = world;
	const rows = await introduce(administrator.page, known);
	await link(first, rows.oidc, (page) => atOidc(page, first.login), base);
	await link(second, rows.saml, (page) => atSaml(page, "jiro"), base);
	const page = await newPerson(browser, "at providers", language, "light", { own: base });
	await page.goto(`${base}/signin`);
	await id(page, "providers").waitFor();
	await axe(page, "sign-in with providers");
	await shot(page, "21-sign-in");
	await refused(page, world);
	await signInWith(page, "oidc", (there) => atOidc(there, first.login), first, world);
	await signInWith(page, "saml", (there) => atSaml(there, "jiro"), second, world);
	await page.context().close();
}
