/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_CONTAINMENT_ATTACK_H
#define TESTS_CONTAINMENT_ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Code of an attacker inside one of our processes, for tests only: linked to the objects of the
 * product, it waits for SIGUSR2 and then tries, inside the confined process, what the tables list.
 * Each attempt leaves one line on standard error:
 *   level=info role=attack event=attempt name=… result=refused|odd|ESCAPED by=…
 *
 * A file attack.plan, beside the configuration of the installation, is read at the start of the
 * process, before it is confined: key=value lines, see struct plan.
 */
struct plan {
	char data[200];		      /* data folder of the server */
	char outside[64];	      /* address that nothing of ours may reach */
	uint16_t outside_port;	      /* somebody listens there: TCP and UDP */
	char unix_path[108];	      /* somebody listens there: a stream */
	char unix_datagram[108];      /* the same, datagrams */
	char abstract[64];	      /* and there, a stream, without a file */
	int landlock_abi;	      /* at most this one; -1: what the kernel has */
	bool no_landlock, no_seccomp; /* the control is off: the attempts must work */
	bool kill; /* forbidden calls kill, as in the product, instead of answering */
	bool hold; /* replay, saml and oidc wait for the signal, with all that it was given */
	uint8_t session[16];	 /* another session than one's own */
	uint8_t own_session[16]; /* of the session that is attacked from */
	uint8_t gateway[16];	 /* a gateway of the installation */
	uint8_t cookie[32];	 /* of somebody who is signed in */
};

struct attack {
	const struct plan *plan;
	pid_t sibling; /* a process of ours that must stay out of reach */
};

enum attack_role {
	IN_EDGE = 1,
	IN_WEB = 2,
	IN_BROKER = 4,
	IN_WORKER = 8,
	IN_GATEWAY = 16,
	IN_REPLAY = 32,
	IN_FORWARD = 64,
	IN_MAIL = 128,
	IN_SAML = 256,
	IN_OIDC = 512,
	IN_HELPER = IN_SAML | IN_OIDC, /* of one message each */
	IN_SERVER = IN_EDGE | IN_WEB | IN_BROKER | IN_WORKER | IN_REPLAY | IN_FORWARD | IN_MAIL |
		    IN_HELPER,
	IN_ALL = IN_SERVER | IN_GATEWAY,
	IN_DATABASE = IN_WEB | IN_WORKER | IN_FORWARD | IN_MAIL,
	IN_SESSION = IN_BROKER | IN_REPLAY,			  /* of one session each */
	IN_SHORT = IN_SESSION | IN_HELPER,			  /* started on authority's word */
	IN_NETWORK = IN_GATEWAY | IN_FORWARD | IN_MAIL | IN_OIDC, /* reach out by their nature */
};

/* What an attempt answers beside 0 (it worked) and an errno. */
enum attack_refusal {
	DEATH = 133,	       /* EHWPOISON stands for: the filter would have killed the process */
	CHANNEL_CLOSED = 1000, /* the receiver closed the channel */
	ANSWERED_NO,	       /* the receiver refused, or gave nothing away */
	STATEMENT_DENIED,      /* the database: this account may not */
	UNPREPARED,	       /* the attempt found nothing to attack: the test fails */
};

enum attack_flag {
	ALONE = 1,    /* costs the process its life or its channel: not run with the others */
	PLAIN = 2,    /* works for an ordinary process: with confinement off it must */
	REFUSALS = 4, /* of struct attempt */
	ANY_ABI = 99, /* of struct attempt: no Landlock refuses it */
};

struct attempt {
	const char *name;
	unsigned roles, flags;
	int refused[REFUSALS];			 /* 0 ends */
	int (*run)(const struct attack *attack); /* NULL: the system call that follows */
	long number;
	const void *arguments[6]; /* &attack_sibling stands for the sibling's number */
	/* What is known not to be refused: in these roles it works where Landlock is older than
	 * this. docs/SECURITY.md says so. */
	unsigned open_roles;
	int open_below_abi;
};
extern const char attack_sibling;

/* NULL-ended tables. A role is linked with those that its own libraries can carry out. */
extern const struct attempt call_attempts[], kernel_attempts[], database_attempts[],
	message_attempts[], gateway_attempts[], no_attempts[];

/* Which role this program is, and its tables beside the kernel's: one definition per program. */
struct attacked {
	enum attack_role role;
	const struct attempt *own, *messages; /* own: whom else it speaks to */
};
extern const struct attacked attacked;

/* One table after the other: attempt number i of this program, NULL after the last. */
const struct attempt *attempt_at(size_t i);
void attack_run(pid_t sibling, unsigned alone);
/* Where the plan says so: waits here for the signal, and lets the attacker run. */
void attack_hold(void);
void attack_said(const char *what);
const struct plan *attack_plan(void);

#endif
