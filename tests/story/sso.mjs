// SPDX-License-Identifier: GPL-3.0-or-later
// An administrator sets providers up by hand; people sign in with them, at these providers' own pages: pressed on our sign-in page,
// signed in there, the own second factor here; and what they read when the provider said no.
import assert from "node:assert/strict";
import { axe, click, field, id, newPerson, signOut, totp } from "./browser.mjs";
import { setUpProviders } from "./setup.mjs";

/** At oidc-provider: any password will do; then consent. */
export async function atOidc(page, login) {
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

/** A person says on the profile who they are there; from then on that is they. */
async function link({ page }, name, there, base) {
	await page.goto(`${base}/profile`);
	await click(id(page, "link-identity").filter({ hasText: name }));
	await there(page);
	await page.waitForURL(`${base}/profile`);
	await id(page, "my-identities").locator("tbody tr").filter({ hasText: name }).waitFor();
}

async function press(page, kind, base) {
	await page.goto(`${base}/signin`);
	await click(page.locator(`[data-testid="sign-in-with"][data-kind="${kind}"]`));
}

const byCode = ({ seed }) => async (page) => {
	await field(page, "code", totp(seed));
	await click(id(page, "sign-in"));
};
const byPasskey = (page) => click(id(page, "second-passkey"));

/** there: what the person does at the provider; second: how they show here that it is them. */
async function signInWith(page, kind, there, second, { base, shot }) {
	await press(page, kind, base);
	await there(page);
	await page.waitForURL(`${base}/signin/second`);
	await id(page, "sign-in").waitFor();
	await axe(page, `second step after ${kind}`);
	await shot(page, `21-second-${kind}`);
	await second(page);
	await id(page, "user-menu").waitFor();
	assert.equal(new URL(page.url()).pathname, "/");
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

/**
 * first and second: people who are signed in, first with a passkey beside the page; administrator is signed in as well.
 * Leaves first signed in.
 */
export async function providers(browser, { first, second, administrator }, known, world) {
	const { base, language, shot } = world;
	await setUpProviders(administrator.page, known, (page) => atSaml(page, "hanako"), world);
	await link(first, "Panva", (page) => atOidc(page, first.login), base);
	await link(second, "SimpleSAMLphp", (page) => atSaml(page, "jiro"), base);
	const page = await newPerson(browser, "at providers", language, "light", { own: base });
	await page.goto(`${base}/signin`);
	await id(page, "providers").waitFor();
	await axe(page, "sign-in with providers");
	await shot(page, "21-sign-in");
	await refused(page, world);
	await signInWith(page, "oidc", (there) => atOidc(there, first.login), byCode(first), world);
	await axe(page, "overview after oidc");
	await signOut(page);
	await signInWith(page, "saml", (there) => atSaml(there, "jiro"), byCode(second), world);
	await page.context().close();
	await signOut(first.page);
	await signInWith(first.page, "oidc", async () => {}, byPasskey, world); // known at the provider already
}
