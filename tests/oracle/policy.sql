-- The default policy of Stammkunde as tables. Check it line by line against the policy's text:
-- every number of the policy stands here, and no number of it stands anywhere else in the oracle.
-- `days(n)` is a duration: n times 24 hours, exactly.

-- "rolling window 365 days for frequency and monetary"
CREATE TABLE rolling_window (window_days INTEGER NOT NULL);
INSERT INTO rolling_window VALUES (365);

-- "R: younger than 30 days 5, than 60 days 4, than 90 days 3, than 180 days 2, else 1"
CREATE TABLE recency (r INTEGER NOT NULL, younger_than_days INTEGER);
INSERT INTO recency VALUES
    (5, 30),
    (4, 60),
    (3, 90),
    (2, 180),
    (1, NULL);

-- "F, orders in the window: 10 or more 5, 6 or more 4, 4 or more 3, 2 or more 2, else 1"
CREATE TABLE frequency (f INTEGER NOT NULL, orders_or_more INTEGER NOT NULL);
INSERT INTO frequency VALUES
    (5, 10),
    (4, 6),
    (3, 4),
    (2, 2),
    (1, 0);

-- "M, revenue in the window: 1000.00 or more 5, 500 4, 250 3, 100 2, else 1"
CREATE TABLE monetary (m INTEGER NOT NULL, cents_or_more INTEGER NOT NULL);
INSERT INTO monetary VALUES
    (5, 100000),
    (4, 50000),
    (3, 25000),
    (2, 10000),
    (1, 0);

-- "segment from R and F"; a customer without any order has the segment `none`, see journey.sql
CREATE TABLE segment_grid (
    r_from INTEGER NOT NULL, r_to INTEGER NOT NULL,
    f_from INTEGER NOT NULL, f_to INTEGER NOT NULL,
    segment TEXT NOT NULL
);
INSERT INTO segment_grid VALUES
    -- R     F
    (1, 2,  1, 2,  'hibernating'),
    (1, 2,  3, 4,  'at_risk'),
    (1, 2,  5, 5,  'cant_lose'),
    (3, 3,  1, 2,  'about_to_sleep'),
    (3, 3,  3, 3,  'need_attention'),
    (3, 4,  4, 5,  'loyal'),
    (4, 4,  1, 1,  'promising'),
    (5, 5,  1, 1,  'new'),
    (4, 5,  2, 3,  'potential_loyalist'),
    (5, 5,  4, 5,  'champions');

-- The rules that fire "on entering" a segment; `nurture` only "with M of 2 or less".
CREATE TABLE on_entering (
    rule TEXT NOT NULL, segment TEXT NOT NULL, m_at_most INTEGER, action TEXT NOT NULL
);
INSERT INTO on_entering VALUES
    ('win_back',      'at_risk',        NULL, 'discount_code'),
    ('win_back',      'cant_lose',      NULL, 'personal_contact'),
    ('wake_up',       'about_to_sleep', NULL, 'discount_code'),
    ('special_offer', 'champions',      NULL, 'special_offer'),
    ('nurture',       'loyal',          2,    'content');

-- "`second_purchase` 21 days after the first order if there is no second (discount_code)"
CREATE TABLE after_first_order (
    rule TEXT NOT NULL, delay_days INTEGER NOT NULL, action TEXT NOT NULL
);
INSERT INTO after_first_order VALUES
    ('second_purchase', 21, 'discount_code');

-- "`service_recovery` on a review of 2 or less or a complaint (personal_contact), and while it is
-- open (until Complaint Resolved, or for 30 days) no promotional rule fires". Promotional are all
-- rules of the two tables above.
CREATE TABLE on_complaint (
    rule TEXT NOT NULL, open_days INTEGER NOT NULL, action TEXT NOT NULL
);
INSERT INTO on_complaint VALUES
    ('service_recovery', 30, 'personal_contact');

-- "Each rule has a cooldown per customer (30 days)."
CREATE TABLE cooldown (rule TEXT PRIMARY KEY, cooldown_days INTEGER NOT NULL);
INSERT INTO cooldown VALUES
    ('win_back',         30),
    ('wake_up',          30),
    ('second_purchase',  30),
    ('special_offer',    30),
    ('nurture',          30),
    ('service_recovery', 30);
