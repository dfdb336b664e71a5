// SPDX-License-Identifier: GPL-3.0-or-later
import type { Me } from "../../api/types";
import { FactorDue } from "./FactorDue";
import { PasswordDue } from "./PasswordDue";

/** What must be done first comes in place of every screen: the password before a factor to set up. */
export function Due({ me }: { me: Me }) {
	if (me.factor_due === "prove") return <FactorDue me={me} />;
	return me.password_due ? <PasswordDue /> : <FactorDue me={me} />;
}
