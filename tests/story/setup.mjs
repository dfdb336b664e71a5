// SPDX-License-Identifier: GPL-3.0-or-later
// The administrator's settings page makes identity providers known here, and us known there: what the provider says is seen
// before anybody can sign in with it.
import assert from "node:assert/strict";
import { axe, click, field, id } from "./browser.mjs";

const OWN = "/api/v1/sign-in/saml/metadata";
const isKnown = (page) => page.locator('[data-testid="metadata-state"][data-state="known"]').waitFor();

/** Opens a dialog, fills it in, and waits until it was taken. */
async function answer(page, button, dialog, fill) {
	await click(id(page, button));
	const open = id(page, dialog);
	await open.waitFor();
	await fill(open);
	await click(id(page, `${dialog}-submit`));
	await open.waitFor({ state: "detached" });
}

async function enable(page) {
	await click(id(page, "toggle-enabled"));
	await page.locator('[data-testid="provider-state"][data-state="on"]').waitFor();
}

async function setUpOidc(page, oidc, { base, shot }) {
	await page.goto(`${base}/admin/identity-providers`);
	await answer(page, "add", "provider-dialog", async (dialog) => {
		await field(dialog, "name", "Panva");
		await field(dialog, "issuer", oidc.issuer);
		await field(dialog, "client_id", oidc.client);
	});
	assert.equal(await id(page, "redirect-uri").innerText(), `${base}/api/v1/sign-in/oidc/callback`);
	await answer(page, "set-secret", "secret-dialog", (dialog) => field(dialog, "secret", oidc.secret));
	await answer(page, "edit-connection", "connection-dialog", async (dialog) => {
		await field(dialog, "addresses", "127.0.0.1");
		await field(dialog, "trust", oidc.trust);
	});
	await click(id(page, "fetch-metadata"));
	await isKnown(page);
	await axe(page, "provider, metadata fetched");
	await shot(page, "28-provider-fetched");
	await enable(page);
}

async function introduceUs(page, saml) {
	const own = await page.evaluate(async (path) => (await fetch(path)).text(), OWN);
	await saml.know(await id(page, "entity-id").innerText(), await id(page, "acs-url").innerText(), own.match(/<X509Certificate>(.*?)</s)[1]);
}

/** One row that applies to who will sign in for the test, and one that does not. */
async function mapGroups(page) {
	await answer(page, "edit-mapping", "mapping-dialog", async (dialog) => {
		for (const [index, value] of ["ops", "nobody"].entries()) {
			await click(id(page, "add-mapping"));
			const row = id(dialog, "mapping-row").nth(index);
			await field(row, "attribute", "groups");
			await field(row, "value", value);
			await id(row, "field-gives").selectOption({ index: 1 });
		}
	});
	await id(page, "mapping").waitFor();
}

/** As somebody whom nothing here is linked to. */
async function testSignIn(page, there, { base, shot }) {
	await click(id(page, "test-sign-in"));
	await there(page);
	await page.waitForURL(`${base}/admin/identity-providers?*`);
	await page.locator('[data-testid="test-result"][data-accepted="true"][data-next="refused"]').waitFor();
	assert.match(await id(page, "test-attributes").locator('[data-name="groups"]').innerText(), /staff \| ops/);
	await id(page, "mapping-matches").first().waitFor();
	const matches = await id(page, "mapping-matches").evaluateAll((all) => all.map(({ dataset }) => dataset.matches));
	assert.deepEqual(matches.sort(), ["false", "true"]);
	await axe(page, "provider, after a test");
	await shot(page, "28-provider-tested");
}

async function setUpSaml(page, saml, there, world) {
	await page.goto(`${world.base}/admin/identity-providers`);
	await answer(page, "add", "provider-dialog", async (dialog) => {
		await id(dialog, "field-kind").selectOption("saml");
		await field(dialog, "metadata", saml.metadata);
		await field(dialog, "name", "SimpleSAMLphp");
		assert.equal(await id(dialog, "field-issuer").inputValue(), saml.entity, "its metadata names it");
		await axe(page, "add a provider");
		await world.shot(page, "28-provider-add");
	});
	await isKnown(page);
	await introduceUs(page, saml);
	await mapGroups(page);
	await testSignIn(page, there, world);
	await enable(page);
}

/** Another key of ours, in the order that the page tells; who signs in at this provider afterwards does so with it. */
async function rollKey(page, saml, { base, shot }) {
	const step = (state) => page.locator(`[data-testid="saml-keys-card"][data-state="${state}"]`).waitFor();
	await page.goto(`${base}/admin/identity-providers`);
	await step("one");
	await click(id(page, "saml-key-make"));
	await step("next");
	await axe(page, "the next key of ours is made");
	await shot(page, "28-saml-key-next");
	const own = await page.evaluate(async (path) => (await fetch(path)).text(), OWN);
	const certificates = [...own.matchAll(/<X509Certificate>(.*?)</gs)].map(([, text]) => text);
	assert.equal(certificates.length, 2);
	await saml.know(base + OWN, `${base}/api/v1/sign-in/saml/acs`, certificates[1]);
	await answer(page, "saml-key-use", "saml-key-use-dialog", async () => axe(page, "a key of ours is put in use"));
	await step("old");
	await shot(page, "28-saml-key-old");
	await answer(page, "saml-key-remove", "saml-key-remove-dialog", async () => {});
	await step("one");
}

/** there: signs somebody in at the SAML provider who is unknown here. Both are on the sign-in page afterwards. */
export async function setUpProviders(page, { oidc, saml }, there, world) {
	await setUpOidc(page, oidc, world);
	await setUpSaml(page, saml, there, world);
	await rollKey(page, saml, world);
}
