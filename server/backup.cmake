# SPDX-License-Identifier: GPL-3.0-or-later
sekisho_program(sekisho-backup
  SOURCES backup.c backup_files.c backup_make.c backup_manifest.c backup_restore.c backup_run.c
          ctl_client.c
  LINKS base_conf vault_proof)
