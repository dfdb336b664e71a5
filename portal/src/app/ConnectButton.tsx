// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useT } from "../i18n";
import { prefetchTerminal, useConnect } from "./useConnect";

export function ConnectButton(props: {
	leaseId: string;
	name: string;
	small?: boolean;
	link?: boolean;
}) {
	const t = useT();
	const { connect, connecting } = useConnect();
	return (
		<Button
			variant={props.link ? "link" : "primary"}
			isInline={props.link ?? false}
			size={props.small ? "sm" : "default"}
			onClick={() => void connect(props.leaseId)}
			onMouseEnter={prefetchTerminal}
			onFocus={prefetchTerminal}
			isLoading={connecting !== null}
			isDisabled={connecting !== null}
			aria-label={t("connect.to", { name: props.name })}
			data-testid="connect"
			data-lease={props.leaseId}
		>
			{t("action.connect")}
		</Button>
	);
}
