// SPDX-License-Identifier: GPL-3.0-or-later
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Account = Schemas["Account"];
export type AccountState = Schemas["AccountState"];
export type ApiToken = Schemas["ApiToken"];
export type AttestationModel = Schemas["AttestationModel"];
export type AuditEvent = Schemas["AuditEvent"];
export type AuditState = Schemas["AuditState"];
export type Device = Schemas["Device"];
export type Enrolment = Schemas["Enrolment"];
export type Explanation = Schemas["Explanation"];
export type FactorFloor = Schemas["FactorFloor"];
export type FactorFloorPreview = Schemas["FactorFloorPreview"];
export type Gateway = Schemas["Gateway"];
export type GatewayGroup = Schemas["GatewayGroup"];
export type GatewayToken = Schemas["GatewayToken"];
export type Group = Schemas["Group"];
export type IdentityMapping = Schemas["IdentityMapping"];
export type IdentityProvider = Schemas["IdentityProvider"];
export type SamlKey = Schemas["SamlKey"];
export type IdentityTest = Schemas["IdentityTest"];
export type Language = Schemas["Language"];
export type Lease = Schemas["MyLease"];
export type Mail = Schemas["Mail"];
export type MailSecurity = Schemas["MailSecurity"];
export type Me = Schemas["Me"];
export type MyAccount = Schemas["MyAccount"];
export type MyFactors = Schemas["MyFactors"];
export type MySession = Schemas["MySession"];
export type SignInException = Schemas["SignInException"];
export type PastSignIn = Schemas["PastSignIn"];
export type MyTarget = Schemas["MyTarget"];
export type MyWorkflow = Schemas["MyWorkflow"];
export type NetworkRule = Schemas["NetworkRule"];
export type NetworkRules = Schemas["NetworkRules"];
export type NetworkTrial = Schemas["NetworkTrial"];
export type SignInPolicy = Schemas["SignInPolicy"];
export type SignInTrialResult = Schemas["SignInTrial"];
export type SignInDraft = Pick<
	SignInPolicy,
	"thresholds" | "challenge_budget" | "block_budget" | "challenge" | "block"
>;
export type SignInPolicyChange = SignInDraft &
	Pick<SignInPolicy, "mode" | "offices" | "hosting_asns" | "mail_code">;
export type Overview = Schemas["Overview"];
export type Notice = Schemas["NoticePage"]["items"][number];
export type OwnedApiToken = Schemas["OwnedApiToken"];
export type SessionLimit = Schemas["SessionLimit"];
export type OwnIdentity = Schemas["OwnIdentity"];
export type PasswordPolicy = Schemas["PasswordPolicy"];
export type Permission = Schemas["Permission"];
export type Person = Schemas["Person"];
export type Problem = Schemas["Problem"];
export type Program = Schemas["Program"];
export type ProgramSecret = Schemas["ProgramSecret"];
export type ProgramState = Schemas["ProgramState"];
export type RecordingIndex = Schemas["RecordingIndex"];
export type RecordingIntegrity = Schemas["RecordingIntegrity"];
export type Ref = Schemas["Ref"];
export type Request = Schemas["Request"];
export type RequestState = Schemas["RequestState"];
export type RequestSummary = Schemas["RequestSummary"];
export type Role = Schemas["Role"];
export type RoleInfo = Schemas["RoleInfo"];
export type Rule = Schemas["Rule"];
export type Session = Schemas["Session"];
export type Target = Schemas["Target"];
export type TargetGroup = Schemas["TargetGroup"];
export type TargetSummary = Schemas["TargetSummary"];
export type TargetTest = Schemas["TargetTest"];
export type Theme = Schemas["Theme"];
export type Topic = Schemas["EventData"]["topic"];
export type Passkey = Schemas["Passkey"];
export type TotpDevice = Schemas["TotpDevice"];
export type UseReport = Schemas["UseReport"];
export type UseRow = Schemas["UseRow"];
export type UserFactors = Schemas["UserFactors"];
export type User = Schemas["User"];
export type Workflow = Schemas["Workflow"];

/** One page of a list. */
export interface Page<T> {
	items: T[];
	next_cursor: string | null;
	total?: number;
}
