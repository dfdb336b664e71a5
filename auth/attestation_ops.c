/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/attestation_sql.h"
#include "auth/auth_api.h"
#include "auth/floor_sql.h"
#include "auth/handlers.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "rbac/write.h"

static void describe(struct ctx *ctx, const struct in *in, const struct attestation_model *model,
		     struct audit *audit)
{
	write_audit(ctx, in, audit);
	audit_object(audit, "attestation_model", &model->id, model->name);
	audit_data(audit, "aaguid", write_uuid(ctx, &model->aaguid));
}

enum err attestation_run_add(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct chain_root root;
	const struct attestation_model model = {.id = uuid_v7(),
						.aaguid = *in_id(in, MODEL_AAGUID),
						.name = in_text(in, MODEL_NAME, "")};

	if (!webauthn_chain_root(in_text(in, MODEL_CERTIFICATE, ""), &root))
		return err_field(ctx, "certificate", "attestation.certificate",
				 "Enter one certificate of an authority, in PEM.");
	if (root.not_after <= sys_real_us())
		return err_field(ctx, "certificate", "attestation.expired",
				 "This certificate has expired.");
	describe(ctx, in, &model, &audit);
	audit_data(&audit, "subject", root.subject);
	enum err err = attestation_sql_add(ctx, &model, &root, &audit.id);
	if (err == ERR_CONFLICT)
		return err_reason(ctx, ERR_CONFLICT, "attestation.known",
				  "This model is listed with this certificate already.");
	if (err != ERR_OK)
		return err;
	out_uuid(out, "id", &model.id);
	return audit_append(ctx, &audit);
}

static void pass_over(void *arg, const struct floor_below *person)
{
	(void)arg;
	(void)person;
}

/* Passkeys of the model prove nothing from then on. */
enum err attestation_run_remove(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct attestation_model model;
	struct floor_below_sum sum = {0};
	enum err err = attestation_sql_remove(ctx, in_id(in, 0), &model);

	(void)out;
	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such model.");
	if (err == ERR_OK)
		err = floor_sql_below(ctx, &ctx->principal->user_id, pass_over, NULL, &sum);
	if (err == ERR_OK && sum.own)
		return err_reason(ctx, ERR_CONFLICT, "attestation.own",
				  "You would have no factor that meets your floor then.");
	if (err != ERR_OK)
		return err;
	describe(ctx, in, &model, &audit);
	audit_data(&audit, "below", write_int(ctx, sum.count));
	return audit_append(ctx, &audit);
}
