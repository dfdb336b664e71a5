-- Requests by time, and events by the login that is asked for; nobody asks for them by the person's id.
ALTER TABLE request ADD KEY (created_at);
ALTER TABLE audit_event DROP KEY actor_id, ADD KEY (actor_login, occurred_at);
