-- SPDX-License-Identifier: GPL-3.0-or-later
-- Keeps the documents of `nslist --json`, of many hosts and times, in PostgreSQL 15 or later, and
-- answers what is new, what shares the host's namespaces, and what is left over.
--   psql -f postgresql.sql              makes the schema "nslist"; again: changes nothing that is kept
--   postgresql-load web1.json web2.json loads documents (see there)
--   psql -c 'TABLE nslist.hosts'        the views are at the end of this file
--
-- A null means "not known", as in the document, never "none" (which is 0 or '{}'). A host is a pair of
-- machine ID and host name: copies of a virtual machine have one machine ID, and are told apart by name.
BEGIN;
CREATE SCHEMA IF NOT EXISTS nslist;

CREATE TABLE IF NOT EXISTS nslist.host (
	host_id serial PRIMARY KEY,
	machine_id text,
	hostname text,
	CHECK (machine_id IS NOT NULL OR hostname IS NOT NULL),
	UNIQUE NULLS NOT DISTINCT (machine_id, hostname)
);

-- One document. "whole": it is about all types, with no selector or filter. Only such a document can
-- tell what is not there, so the views use no other. "complete": nothing was out of sight.
CREATE TABLE IF NOT EXISTS nslist.snapshot (
	snapshot_id bigserial PRIMARY KEY,
	host_id integer NOT NULL REFERENCES nslist.host,
	digest text NOT NULL,
	taken timestamptz NOT NULL,
	boot_id text,
	kernel text,
	complete boolean NOT NULL,
	whole boolean NOT NULL,
	issues jsonb NOT NULL,
	UNIQUE (host_id, digest)
);
-- The last one of each host, and the last one before a time.
CREATE INDEX IF NOT EXISTS snapshot_taken ON nslist.snapshot (host_id, taken DESC) WHERE whole;

CREATE TABLE IF NOT EXISTS nslist.namespace (
	snapshot_id bigint NOT NULL REFERENCES nslist.snapshot ON DELETE CASCADE,
	type text NOT NULL,
	ns bigint NOT NULL,
	nsid numeric(20), -- the kernel's 64-bit ID has no sign, a bigint has one
	root boolean,
	parent bigint,
	owner bigint,
	owner_uid bigint,
	names text[],
	nprocs integer,
	held_by jsonb,
	unknown text[],
	PRIMARY KEY (snapshot_id, type, ns)
);
-- Few have no process.
CREATE INDEX IF NOT EXISTS namespace_empty ON nslist.namespace (snapshot_id) WHERE nprocs = 0;

CREATE TABLE IF NOT EXISTS nslist.process (
	snapshot_id bigint NOT NULL REFERENCES nslist.snapshot ON DELETE CASCADE,
	pid bigint NOT NULL,
	ppid bigint,
	uid bigint,
	user_name text,
	comm text,
	command text,
	started timestamptz,
	container text,
	unit text,
	ns jsonb,
	PRIMARY KEY (snapshot_id, pid)
);

CREATE TABLE IF NOT EXISTS nslist.container (
	snapshot_id bigint NOT NULL REFERENCES nslist.snapshot ON DELETE CASCADE,
	key text NOT NULL,
	parent text,
	runtime text NOT NULL,
	id text,
	name text,
	pod_namespace text,
	pod text,
	claimed boolean,
	shares text[],
	pids bigint[],
	unknown text[],
	PRIMARY KEY (snapshot_id, key)
);

CREATE OR REPLACE FUNCTION nslist.texts(list jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE jsonb_typeof(list) WHEN 'array' THEN ARRAY(SELECT jsonb_array_elements_text(list)) END
$$;

-- Loads a document, and says whether it was new. One that names no host or no time is refused.
CREATE OR REPLACE FUNCTION nslist.load(doc jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	machine text := doc #>> '{host,machine_id}';
	name text := doc #>> '{host,hostname}';
	scope jsonb := coalesce(doc -> 'scope', '{}');
	this_host integer;
	this bigint;
BEGIN
	IF doc -> 'schema' IS DISTINCT FROM '1' THEN
		RAISE EXCEPTION 'not a document of nslist --json, schema 1';
	ELSIF machine IS NULL AND name IS NULL THEN
		RAISE EXCEPTION 'the document does not say which host it is about';
	ELSIF doc ->> 'time' IS NULL THEN
		RAISE EXCEPTION 'the document of % does not say when it was made', coalesce(name, machine);
	END IF;
	INSERT INTO nslist.host (machine_id, hostname) VALUES (machine, name) ON CONFLICT DO NOTHING;
	SELECT h.host_id INTO STRICT this_host FROM nslist.host h
		WHERE h.machine_id IS NOT DISTINCT FROM machine AND h.hostname IS NOT DISTINCT FROM name;
	INSERT INTO nslist.snapshot (host_id, digest, taken, boot_id, kernel, complete, whole, issues)
	VALUES (this_host, md5(doc::text), (doc ->> 'time')::timestamptz, doc #>> '{host,boot_id}',
		doc #>> '{host,kernel}', (doc -> 'complete')::boolean,
		coalesce((scope -> 'selectors') || (scope -> 'tasks') || (scope -> 'filters') = '[]'
			AND NOT (scope -> 'persistent')::boolean AND NOT scope ? 'within'
			AND nslist.texts(scope -> 'types') @> '{cgroup,ipc,mnt,net,pid,time,user,uts}', false),
		coalesce(doc -> 'issues', '[]'))
	ON CONFLICT DO NOTHING RETURNING snapshot_id INTO this;
	IF this IS NULL THEN
		RETURN false;
	END IF;

	INSERT INTO nslist.namespace
	SELECT this, n.type, n.ns, n.nsid, n.root, n.parent, n.owner, n.owner_uid,
		nslist.texts(n.names), n.nprocs, n.held_by, nslist.texts(n.unknown)
	FROM jsonb_to_recordset(doc -> 'namespaces') AS n (type text, ns bigint, nsid numeric,
		root boolean, parent bigint, owner bigint, owner_uid bigint, names jsonb, nprocs integer,
		held_by jsonb, unknown jsonb);
	INSERT INTO nslist.process
	SELECT this, p.pid, p.ppid, p.uid, p."user", p.comm, p.command, p.start, p.container, p.unit, p.ns
	FROM jsonb_to_recordset(doc -> 'processes') AS p (pid bigint, ppid bigint, uid bigint, "user" text,
		comm text, command text, start timestamptz, container text, unit text, ns jsonb);
	INSERT INTO nslist.container
	SELECT this, c.key, c.parent, c.runtime, c.id, c.name, c.pod ->> 'namespace', c.pod ->> 'name',
		c.claimed, nslist.texts(c.shares), nslist.texts(c.pids)::bigint[], nslist.texts(c.unknown)
	FROM jsonb_to_recordset(doc -> 'containers') AS c (key text, parent text, runtime text, id text,
		name text, pod jsonb, claimed boolean, shares jsonb, pids jsonb, unknown jsonb);
	RETURN true;
END
$$;

-- Each host's last whole document, and the last one before `since`. "before" is null where there is
-- none: what is new on that host is then not known.
CREATE OR REPLACE FUNCTION nslist.pairs(since timestamptz)
RETURNS TABLE (host_id integer, now bigint, before bigint, same_boot boolean, before_complete boolean)
LANGUAGE sql STABLE AS $$
	SELECT h.host_id, n.snapshot_id, b.snapshot_id, n.boot_id = b.boot_id, b.complete
	FROM nslist.host h
	CROSS JOIN LATERAL (SELECT s.snapshot_id, s.boot_id FROM nslist.snapshot s
		WHERE s.host_id = h.host_id AND s.whole ORDER BY s.taken DESC, s.snapshot_id DESC LIMIT 1) n
	LEFT JOIN LATERAL (SELECT s.snapshot_id, s.boot_id, s.complete FROM nslist.snapshot s
		WHERE s.host_id = h.host_id AND s.whole AND s.taken <= since
		ORDER BY s.taken DESC, s.snapshot_id DESC LIMIT 1) b ON true
$$;

-- The namespaces of each host that were not there at that time. Within one boot a namespace is the
-- same one by the kernel's ID where both documents have it, else by type and inode; after another boot
-- all are new. Where a boot ID is not known it counts as the same boot. Hosts with no document before that
-- time are left out. Without before_complete the namespace may have been there, out of sight.
CREATE OR REPLACE FUNCTION nslist.new_namespaces(since timestamptz)
RETURNS TABLE (host_id integer, hostname text, type text, ns bigint, nsid numeric, nprocs integer,
	names text[], held_by jsonb, before_complete boolean)
LANGUAGE sql STABLE AS $$
	WITH pair AS MATERIALIZED (SELECT * FROM nslist.pairs(since) WHERE before IS NOT NULL)
	SELECT p.host_id, h.hostname, n.type, n.ns, n.nsid, n.nprocs, n.names, n.held_by, p.before_complete
	FROM pair p
	JOIN nslist.host h USING (host_id)
	JOIN nslist.namespace n ON n.snapshot_id = p.now AND n.root IS NOT TRUE
	LEFT JOIN nslist.namespace o ON o.snapshot_id = p.before AND o.type = n.type AND o.ns = n.ns
		AND p.same_boot IS NOT FALSE AND (o.nsid = n.nsid) IS NOT FALSE
	WHERE o.ns IS NULL
$$;

-- The same of containers, which keep their key (engine and ID) when the host boots. Sandboxes have no
-- lasting name.
CREATE OR REPLACE FUNCTION nslist.new_containers(since timestamptz)
RETURNS TABLE (host_id integer, hostname text, runtime text, name text, id text, pod_namespace text,
	pod text, shares text[], before_complete boolean)
LANGUAGE sql STABLE AS $$
	SELECT p.host_id, h.hostname, n.runtime, n.name, n.id, n.pod_namespace, n.pod, n.shares,
		p.before_complete
	FROM nslist.pairs(since) p
	JOIN nslist.host h USING (host_id)
	JOIN nslist.container n ON n.snapshot_id = p.now AND n.runtime <> 'sandbox'
	WHERE p.before IS NOT NULL AND NOT EXISTS (SELECT FROM nslist.container o
		WHERE o.snapshot_id = p.before AND o.key = n.key)
$$;

-- How old what is known of each host is, and whether there is a document from yesterday to compare with.
CREATE OR REPLACE VIEW nslist.hosts AS
	SELECT h.*, s.snapshot_id, s.taken, s.complete, s.boot_id, s.kernel, p.before IS NOT NULL AS comparable
	FROM nslist.host h
	LEFT JOIN nslist.pairs(now() - interval '1 day') p USING (host_id)
	LEFT JOIN nslist.snapshot s ON s.snapshot_id = p.now;

CREATE OR REPLACE VIEW nslist.new_namespaces_since_yesterday AS
	SELECT * FROM nslist.new_namespaces(now() - interval '1 day');

CREATE OR REPLACE VIEW nslist.new_containers_since_yesterday AS
	SELECT * FROM nslist.new_containers(now() - interval '1 day');

-- Which of the host's namespaces each container is in, by each host's last document. Null: not known.
CREATE OR REPLACE VIEW nslist.container_shares AS
	SELECT s.host_id, s.hostname, c.runtime, c.name, c.id, c.pod_namespace, c.pod,
		'net' = ANY (c.shares) AS net, 'pid' = ANY (c.shares) AS pid, 'user' = ANY (c.shares) AS "user",
		'mnt' = ANY (c.shares) AS mnt, 'ipc' = ANY (c.shares) AS ipc, c.shares
	FROM nslist.hosts s
	JOIN nslist.container c ON c.snapshot_id = s.snapshot_id AND c.runtime <> 'sandbox';

CREATE OR REPLACE VIEW nslist.containers_on_host_network AS
	SELECT * FROM nslist.container_shares WHERE net;

-- Namespaces that are known to have no process, and what keeps them, by each host's last document.
CREATE OR REPLACE VIEW nslist.namespaces_without_process AS
	SELECT s.host_id, s.hostname, n.type, n.ns, n.nsid, n.names,
		ARRAY(SELECT DISTINCT holder ->> 'kind' FROM jsonb_array_elements(n.held_by) AS holder
			ORDER BY 1) AS kinds, n.held_by
	FROM nslist.hosts s
	JOIN nslist.namespace n ON n.snapshot_id = s.snapshot_id
	WHERE n.nprocs = 0 AND n.root IS NOT TRUE;
COMMIT;
