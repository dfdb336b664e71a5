// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Label } from "@patternfly/react-core";
import { useState } from "react";
import { useMyDevices, useRemoveDevice } from "../../api/device";
import type { Device } from "../../api/types";
import { useT } from "../../i18n";
import { type Column, DataTable } from "../../ui/DataTable";
import { FormModal } from "../../ui/form";
import { Time } from "../../ui/Time";

/** Browsers the person signed in on before, and what becomes of one that is lost. */
export function Devices() {
	const t = useT();
	const query = useMyDevices();
	const remove = useRemoveDevice();
	const [asking, setAsking] = useState<Device | null>(null);
	const columns: Column<Device>[] = [
		{
			key: "browser",
			label: t("profile.browser"),
			render: (device) => (
				<span className="sk-row">
					<span className="sk-break sk-mono sk-small">{device.user_agent || "-"}</span>
					{device.current && (
						<Label isCompact status="info">
							{t("profile.this")}
						</Label>
					)}
				</span>
			),
		},
		{
			key: "key",
			label: t("devices.known"),
			render: (device) => (
				<Label isCompact status={device.has_key ? "success" : "warning"}>
					{t(device.has_key ? "devices.key" : "devices.no_key")}
				</Label>
			),
		},
		{
			key: "first",
			label: t("devices.first_seen"),
			render: (device) => <Time at={device.first_seen_at} />,
		},
		{
			key: "seen",
			label: t("devices.last_seen"),
			render: (device) => <Time at={device.last_seen_at} />,
		},
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (device) =>
				!device.current && (
					<Button
						variant="secondary"
						size="sm"
						onClick={() => setAsking(device)}
						data-testid="remove-device"
					>
						{t("devices.remove")}
					</Button>
				),
		},
	];
	return (
		<>
			<DataTable
				label={t("devices.title")}
				columns={columns}
				query={query}
				rowKey={(device) => device.id}
				testId="my-devices"
				empty={null}
			/>
			{asking && (
				<FormModal
					testId="remove-device-dialog"
					title={t("devices.remove_title")}
					description={t("devices.remove_body")}
					submit={t("devices.remove")}
					danger
					pending={remove.isPending}
					error={remove.error}
					onSubmit={() => remove.mutate(asking.id, { onSuccess: () => setAsking(null) })}
					onClose={() => setAsking(null)}
				/>
			)}
		</>
	);
}
