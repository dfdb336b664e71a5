/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sql/db_inner.h"

#include <stddef.h>

/* Numbers of MariaDB's errmsg-utf8.txt (1000..4999) and of the client library (2000..2999, 5000+).
 */
struct fault_row {
	unsigned number;
	enum err code;
	const char *reason;
	const char *text;
	bool lost;
	bool doomed;
	bool say; /* the server's text names SQL only, never a value */
};

static const char busy[] = "The database accepts no more work right now; try again soon";
static const char full[] = "The database cannot store anything more: its disk is full";
static const char lost[] = "The connection to the database was lost; nothing was confirmed";
static const char down[] = "The database cannot be reached; try again soon";
static const char untrusted[] =
	"The database's TLS does not hold (database_ca_file, database_host, or no TLS there)";
static const char refused[] = "The database refuses this to our account: check its grants";
static const char frozen[] = "The database is read-only at the moment";
static const char again[] = "Another transaction was in the way";
static const char killed[] = "The statement took too long";

static const struct fault_row faults[] = {
	{1062, ERR_CONFLICT, "database.duplicate", "This already exists", false, false, false},
	{1451, ERR_CONFLICT, "database.referenced", "It is still in use", false, false, false},
	{1452, ERR_CONFLICT, "database.reference_missing", "What it refers to does not exist",
	 false, false, false},
	{1205, ERR_RETRY, "database.lock", again, false, true, false},
	{1213, ERR_RETRY, "database.deadlock", again, false, true, false},
	{1020, ERR_RETRY, "database.changed", again, false, true, false},
	{1615, ERR_RETRY, "database.reprepare", again, true, true, false},
	{1021, ERR_UNAVAILABLE, "database.full", full, false, true, false},
	{1114, ERR_UNAVAILABLE, "database.full", full, false, true, false},
	{1290, ERR_UNAVAILABLE, "database.read_only", frozen, false, true, false},
	{1036, ERR_UNAVAILABLE, "database.read_only", frozen, false, true, false},
	{1792, ERR_UNAVAILABLE, "database.read_only", frozen, false, true, false},
	{1836, ERR_UNAVAILABLE, "database.read_only", frozen, false, true, false},
	{1142, ERR_UNAVAILABLE, "database.refused", refused, false, true, true},
	{1143, ERR_UNAVAILABLE, "database.refused", refused, false, true, true},
	{1227, ERR_UNAVAILABLE, "database.refused", refused, false, true, true},
	{1044, ERR_UNAVAILABLE, "database.refused", refused, true, true, false},
	{1045, ERR_UNAVAILABLE, "database.refused", refused, true, true, false},
	{1698, ERR_UNAVAILABLE, "database.refused", refused, true, true, false},
	{1040, ERR_UNAVAILABLE, "database.busy", busy, true, true, false},
	{1203, ERR_UNAVAILABLE, "database.busy", busy, true, true, false},
	{1226, ERR_UNAVAILABLE, "database.busy", busy, true, true, false},
	{1461, ERR_UNAVAILABLE, "database.busy", busy, true, true, false},
	{1969, ERR_UNAVAILABLE, "database.timeout", killed, false, true, false},
	{3024, ERR_UNAVAILABLE, "database.timeout", killed, false, true, false},
	{1030, ERR_UNAVAILABLE, "database.storage", "The database's storage reports an error",
	 false, true, false},
	{1034, ERR_UNAVAILABLE, "database.storage", "A table of the database is damaged", false,
	 true, false},
	{1194, ERR_UNAVAILABLE, "database.storage", "A table of the database is damaged", false,
	 true, false},
	{1932, ERR_UNAVAILABLE, "database.storage", "A table of the database is damaged", false,
	 true, false},
	{1053, ERR_UNAVAILABLE, "database.lost", lost, true, true, false},
	{1927, ERR_UNAVAILABLE, "database.lost", lost, true, true, false},
	{1047, ERR_UNAVAILABLE, "database.lost", lost, true, true, false}, /* Galera: not in the
									      primary component */
	{1158, ERR_UNAVAILABLE, "database.lost", lost, true, true, false},
	{1159, ERR_UNAVAILABLE, "database.lost", lost, true, true, false},
	{1160, ERR_UNAVAILABLE, "database.lost", lost, true, true, false},
	{1161, ERR_UNAVAILABLE, "database.lost", lost, true, true, false},
	{2002, ERR_UNAVAILABLE, "database.down", down, true, true, false},
	{2003, ERR_UNAVAILABLE, "database.down", down, true, true, false},
	{2006, ERR_UNAVAILABLE, "database.lost", lost, true, true, false},
	{2012, ERR_UNAVAILABLE, "database.lost", lost, true, true, false},
	{2013, ERR_UNAVAILABLE, "database.lost", lost, true, true, false},
	{2014, ERR_BUG, "database.order", "Statements were interleaved", true, true, false},
	{2026, ERR_UNAVAILABLE, "database.tls", untrusted, true, true, true},
	{2027, ERR_UNAVAILABLE, "database.lost", lost, true, true, false},
	{2055, ERR_UNAVAILABLE, "database.lost", lost, true, true, false},
	{2008, ERR_MEMORY, "database.memory", "Memory is short", true, true, false},
	{1037, ERR_UNAVAILABLE, "database.memory", "The database is out of memory", false, true,
	 false},
	{1049, ERR_UNAVAILABLE, "database.missing", "The database does not exist", true, true,
	 true},
	{1054, ERR_BUG, "database.statement", "A statement names an unknown column", false, false,
	 true},
	{1064, ERR_BUG, "database.statement", "A statement is malformed", false, false, true},
	{1146, ERR_BUG, "database.statement", "A statement names an unknown table", false, false,
	 true},
	{1052, ERR_BUG, "database.statement", "A statement names a column twice", false, false,
	 true},
	{1136, ERR_BUG, "database.statement", "A statement's columns do not match", false, false,
	 true},
	{1364, ERR_BUG, "database.value", "A column is left out", false, false, true},
	{1048, ERR_BUG, "database.value", "A column may not be null", false, false, true},
	{1406, ERR_BUG, "database.value", "A value is too long for its column", false, false, true},
};

static const struct fault_row *fault_find(unsigned number)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].number == number)
			return &faults[i];
	return NULL;
}

struct db_fault db_fault_of(struct ctx *ctx, unsigned number, const char *what, const char *detail)
{
	static const struct fault_row unknown = {
		0, ERR_BUG, "database.error", "The database reports an error", false, true, false};
	const struct fault_row *row = fault_find(number);
	/* The client library's own faults (2000..2999, 5000..) leave the handle in doubt. */
	bool client = (number >= 2000 && number < 3000) || number >= 5000;

	if (row == NULL)
		row = &unknown;
	struct db_fault fault = {row->code, row->lost || (row == &unknown && client), row->doomed};
	(void)err_reason(ctx, row->code, row->reason, "%s (%u, %s%s%s)", row->text, number, what,
			 row->say && detail != NULL ? ": " : "",
			 row->say && detail != NULL ? detail : "");
	return fault;
}
