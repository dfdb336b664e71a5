/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/conf.h"
#include "sql/db.h"

struct db_params db_params_of(const struct conf *conf, const char *user,
			      const struct secret *password)
{
	bool host = conf->database == CONF_DATABASE_HOST;

	return (struct db_params){.socket = host ? NULL : conf->database_socket,
				  .host = host ? conf->database_host : NULL,
				  .port = host ? (unsigned)conf->database_port : 0,
				  .ca_file = host ? conf->database_ca_file : NULL,
				  .database = conf->database_name,
				  .user = user,
				  .password = password};
}
