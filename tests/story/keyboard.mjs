// SPDX-License-Identifier: GPL-3.0-or-later
// The main path without a pointer: request, approve, connect, leave the terminal, end. Wherever Tab comes
// to, the focus has to be seen.
import { axe, id, problems, typeAndWait } from "./browser.mjs";

const MOST = 120; // more than any of these pages has stops
const ACCOUNT = "ops";

/** Complains of a focus that nothing shows: no outline on the element, nor on what draws its border. */
async function seen(page) {
	const hidden = await page.evaluate(() => {
		const at = document.activeElement;
		if (!at || at === document.body || at.closest(".xterm")) return null; // the terminal draws its cursor
		const drawn = (element, part) => {
			const style = getComputedStyle(element, part);
			return style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0;
		};
		const around = [at, at.parentElement].filter(Boolean);
		return around.some((each) => drawn(each) || drawn(each, "::after")) ? null : at.outerHTML.slice(0, 160);
	});
	if (hidden) problems.push(`keyboard: the focus is not seen on ${hidden}`);
}

async function tab(page) {
	await page.keyboard.press("Tab");
	await seen(page);
}

/** Presses Tab until the focus is on that element. */
async function tabTo(page, locator) {
	for (let press = 0; press < MOST; press++) {
		if (await locator.evaluate((element) => element === document.activeElement)) return;
		await tab(page);
	}
	throw new Error(`Tab does not come to ${locator}`);
}

const focusOn = (page, selector) =>
	page.waitForFunction((wanted) => document.activeElement?.matches(wanted), selector);

/** The first stop of a page leads over its menu. */
async function skipMenu(page) {
	await tab(page);
	await page.keyboard.press("Enter");
	await focusOn(page, "#main-content, #main-content *");
}

async function ask(page, base, purpose) {
	await page.goto(`${base}/targets`);
	const row = page.locator(`[data-testid="account"][data-account="${ACCOUNT}"]`);
	await id(row, "request").waitFor();
	await skipMenu(page);
	await tabTo(page, id(row, "request"));
	await page.keyboard.press("Enter");
	await focusOn(page, '[data-testid="field-purpose"], [data-testid="field-purpose"] *');
	await page.keyboard.type(purpose);
	await tab(page);
	await page.keyboard.type("INC-2026-002");
	await tabTo(page, id(page, "request-submit"));
	await page.keyboard.press("Enter");
	await id(page, "request-submit").waitFor({ state: "detached" });
	await focusOn(page, `[data-account="${ACCOUNT}"] [data-testid="request"]`);
}

/** Down to the first row, then on to its button. */
async function approve(page, base) {
	await page.goto(`${base}/approvals`);
	await id(page, "approve").first().waitFor();
	await page.keyboard.press("j");
	await focusOn(page, '[data-testid="approval"] *');
	await tabTo(page, id(page, "approve").first());
	await page.keyboard.press("Enter");
	await id(page, "approve").first().waitFor({ state: "detached" });
	await focusOn(page, "#main-content");
}

async function connectAndEnd(page) {
	const row = page.locator(`[data-testid="account"][data-account="${ACCOUNT}"]`);
	await id(row, "connect").waitFor();
	await tabTo(page, id(row, "connect"));
	await page.keyboard.press("Enter");
	await page.locator('[data-testid="terminal"][data-phase="live"]').waitFor();
	await focusOn(page, ".xterm textarea");
	await typeAndWait(page, "echo keys-$((40+2))", "keys-42");
	await page.keyboard.press("Control+F6");
	await focusOn(page, '[data-testid="terminal-end"]');
	await page.keyboard.press("Enter");
	await focusOn(page, '[data-testid="end-session"] *');
	await tabTo(page, id(page, "end-session-submit"));
	await page.keyboard.press("Enter");
	await id(page, "terminal-ended").waitFor();
	await focusOn(page, '[data-testid="terminal"] :is(a, button)');
	await tabTo(page, id(page, "terminal-close"));
}

/** Ctrl+K, a part of the name, Enter: a granted account is connected to. */
async function byName(page) {
	await page.keyboard.press("Control+k");
	await focusOn(page, '[data-testid="palette-text"], [data-testid="palette-text"] *');
	await page.keyboard.type(ACCOUNT);
	await id(page, "palette-entry").filter({ hasText: `${ACCOUNT}@` }).waitFor();
	await axe(page, "palette");
	await page.keyboard.press("Enter");
	await page.locator('[data-testid="terminal"][data-phase="live"]').waitFor();
	await typeAndWait(page, "echo named-$((40+2))", "named-42");
	await page.keyboard.type("exit");
	await page.keyboard.press("Enter");
	await id(page, "terminal-ended").waitFor();
	await focusOn(page, '[data-testid="terminal-ended"] *');
}

/** As tanaka and suzuki, each on their page. */
export async function withoutPointer(asks, decides, { base, purpose, shot }) {
	await ask(asks, base, purpose);
	await approve(decides, base);
	await connectAndEnd(asks);
	await byName(asks);
	await shot(asks, "07-terminal-by-keyboard");
}
