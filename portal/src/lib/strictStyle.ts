// SPDX-License-Identifier: GPL-3.0-or-later
/* What the patched xterm.js calls in place of <style> elements and style attributes. */

/** An inert element whose textContent fills a constructed style sheet. */
export function strictStyleElement(owner: Document): HTMLElement {
	const element = owner.createElement("template");
	const sheet = new CSSStyleSheet();
	owner.adoptedStyleSheets = [...owner.adoptedStyleSheets, sheet];
	Object.defineProperty(element, "textContent", {
		get: () => "",
		set: (text: string) => sheet.replaceSync(text),
	});
	element.remove = () => {
		owner.adoptedStyleSheets = owner.adoptedStyleSheets.filter((each) => each !== sheet);
		Element.prototype.remove.call(element);
	};
	return element;
}

/** setAttribute("style", …) by way of the object model, which the policy allows. */
export function strictSetStyle(element: HTMLElement, value: string): void {
	element.style.cssText = value;
}
