-- What a person could do when their enrolment link was made (bits of rbac/permission.h, of the version that made it): the link of somebody
-- enrolled is void once they may do more. Links of before count as made for somebody who could do nothing.
ALTER TABLE auth_enrolment ADD COLUMN judged BIGINT NOT NULL DEFAULT 0;
