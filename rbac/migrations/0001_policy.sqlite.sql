CREATE TABLE gw_rules (
	id integer PRIMARY KEY AUTOINCREMENT,
	sub text NOT NULL,
	dom text NOT NULL,
	obj text NOT NULL,
	act text NOT NULL,
	cond text NOT NULL DEFAULT '',
	fields text NOT NULL DEFAULT '',
	eft text NOT NULL DEFAULT 'allow' CHECK (eft IN ('allow', 'deny')),
	chk text NOT NULL DEFAULT '',
	preset text NOT NULL DEFAULT '',
	note text NOT NULL DEFAULT '',
	enabled boolean NOT NULL DEFAULT true,
	created_by text NOT NULL DEFAULT '',
	created_at timestamp NOT NULL DEFAULT current_timestamp,
	updated_at timestamp NOT NULL DEFAULT current_timestamp
);

CREATE UNIQUE INDEX gw_rules_key ON gw_rules (sub, dom, obj, act, cond, fields, eft, chk, preset);

CREATE TABLE gw_grants (
	id integer PRIMARY KEY AUTOINCREMENT,
	sub text NOT NULL,
	role text NOT NULL,
	dom text NOT NULL,
	expires_at timestamp,
	granted_by text NOT NULL DEFAULT '',
	created_at timestamp NOT NULL DEFAULT current_timestamp,
	CONSTRAINT gw_grants_key UNIQUE (sub, role, dom)
);

CREATE INDEX gw_grants_role ON gw_grants (role, dom);

CREATE TABLE gw_policy_version (
	id integer PRIMARY KEY CHECK (id = 1),
	version bigint NOT NULL
);

CREATE TABLE gw_policy_log (
	id integer PRIMARY KEY AUTOINCREMENT,
	version bigint NOT NULL,
	op text NOT NULL,
	table_name text NOT NULL,
	before text,
	after text,
	actor text NOT NULL DEFAULT '',
	at timestamp NOT NULL DEFAULT current_timestamp
);

CREATE INDEX gw_policy_log_version ON gw_policy_log (version);

INSERT INTO gw_policy_version (id, version) VALUES (1, 0);

-- Whoever signs in still may do what strangers may.
INSERT INTO gw_grants (sub, role, dom) VALUES ('role:authenticated', 'role:anon', '*');
