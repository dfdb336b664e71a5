// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert, AlertActionCloseButton, AlertGroup } from "@patternfly/react-core";
import { useLocation } from "@tanstack/react-router";
import {
	createContext,
	type ReactNode,
	useCallback,
	useContext,
	useEffect,
	useMemo,
	useState,
} from "react";
import { asApiError } from "../api/error";
import { useT } from "../i18n";
import { errorText } from "./errorText";

type Variant = "success" | "danger" | "warning" | "info";
interface Toast {
	id: number;
	variant: Variant;
	title: string;
	body?: ReactNode;
	action?: ReactNode;
	sticky: boolean;
}
export interface Toasts {
	/** A toast with an action link stays until it is closed; plain ones leave by themselves. */
	show(variant: Variant, title: string, options?: { body?: ReactNode; action?: ReactNode }): void;
	/** A failure, in words, with its trace id. */
	fail(thrown: unknown): void;
}

const Context = createContext<Toasts>({ show() {}, fail() {} });
export const useToasts = () => useContext(Context);

const TIMEOUT_MS = 6000;
let nextId = 1;

export function ToastProvider({ children }: { children: ReactNode }) {
	const t = useT();
	const [toasts, setToasts] = useState<Toast[]>([]);
	const { pathname } = useLocation();
	useEffect(() => {
		if (pathname === "/signin") setToasts([]); // what one person was told is not for the next
	}, [pathname]);
	const close = useCallback(
		(id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)),
		[],
	);
	const show = useCallback<Toasts["show"]>((variant, title, options = {}) => {
		const toast: Toast = {
			id: nextId++,
			variant,
			title,
			sticky: Boolean(options.action) || variant === "danger",
			...options,
		};
		setToasts((all) => [...all.slice(-4), toast]);
	}, []);
	const value = useMemo<Toasts>(
		() => ({
			show,
			fail(thrown) {
				const error = asApiError(thrown);
				if (error.signedOut) return;
				const trace = error.trace ? t("error.trace", { trace: error.trace }) : undefined;
				show("danger", errorText(t, error), { body: trace });
			},
		}),
		[show, t],
	);
	return (
		<Context value={value}>
			{children}
			<AlertGroup isToast isLiveRegion aria-label={t("toast.region")}>
				{toasts.map((toast) => (
					<Alert
						key={toast.id}
						component="p"
						variant={toast.variant}
						title={toast.title}
						variantLabel={t(`variant.${toast.variant}`)}
						timeout={toast.sticky ? false : TIMEOUT_MS}
						onTimeout={() => close(toast.id)}
						actionLinks={toast.action}
						data-testid="toast"
						actionClose={
							<AlertActionCloseButton
								aria-label={t("action.close")}
								onClose={() => close(toast.id)}
							/>
						}
					>
						{toast.body}
					</Alert>
				))}
			</AlertGroup>
		</Context>
	);
}
