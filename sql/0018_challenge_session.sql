-- How many challenges of one portal session are not answered yet.
ALTER TABLE auth_challenge ADD KEY (session_id);
