-- What happened to every customer, from the events and the policy's tables.
--
-- Given: event(pos, customer, at, heard, kind, order_id, cents), numbered 1, 2, 3, … in the order in
-- which they take effect, and final_instant(at). Instants are integers; `days(n)` is a duration.
-- An event happened `at`, and takes effect when it is `heard`, which is later if it came late.
-- A moment is the pair (at, pos). The clock's moment at an instant is (at, 0): it comes before every
-- event of that instant, and comparing pairs is all it takes to say what was known at a moment.


-- 1. A step is a moment at which something can change: an event …
CREATE TABLE step AS
WITH
-- … or the clock, when an order grows old enough to matter: to a threshold of R, out of the rolling
-- window, or to the delay of a rule. A step where in fact nothing changes does no harm.
age_that_matters (age) AS (
    SELECT days(younger_than_days) FROM recency WHERE younger_than_days IS NOT NULL
    UNION SELECT days(window_days) FROM rolling_window
    UNION SELECT days(delay_days) FROM after_first_order
),
moment (customer, at, pos) AS (
    SELECT customer, heard, pos
    FROM event
    UNION
    SELECT customer, event.at + age, 0
    FROM event, age_that_matters, final_instant
    WHERE kind = 'order' AND event.at + age > heard AND event.at + age <= final_instant.at
)
SELECT row_number() OVER (ORDER BY customer, at, pos) AS step, customer, at, pos
FROM moment;


-- 2. The orders that stand at each step: known by then, and not refunded whole by then. A refund
--    without an amount is one of the order's total.
CREATE VIEW refund AS
SELECT
    event.pos,
    event.heard,
    orders.pos AS order_pos,
    coalesce(event.cents, orders.cents) AS cents
FROM event
JOIN event AS orders
    ON orders.customer = event.customer
    AND orders.order_id = event.order_id
    AND orders.kind = 'order'
WHERE event.kind = 'refund';

CREATE VIEW standing_order AS
SELECT
    step.step,
    orders.at,
    step.at - orders.at AS age,
    orders.cents - coalesce(sum(refund.cents), 0) AS cents
FROM step
JOIN event AS orders
    ON orders.customer = step.customer
    AND orders.kind = 'order'
    AND (orders.heard, orders.pos) <= (step.at, step.pos)
LEFT JOIN refund
    ON refund.order_pos = orders.pos
    AND (refund.heard, refund.pos) <= (step.at, step.pos)
GROUP BY step.step, orders.pos
HAVING
    count(refund.pos) = 0
    OR sum(refund.cents) < orders.cents;


-- 3. The facts at each step, scored.
CREATE TABLE score AS
WITH
in_window (age_below) AS MATERIALIZED (SELECT days(window_days) FROM rolling_window),
facts AS (
    SELECT
        step.step,
        step.customer,
        step.at,
        step.pos,
        count(standing.at) AS orders_ever,
        min(standing.at) AS first_order_at,
        min(standing.age) AS age_of_last_order,
        count(standing.at) FILTER (WHERE standing.age < age_below) AS orders_in_window,
        coalesce(sum(standing.cents) FILTER (WHERE standing.age < age_below), 0) AS cents_in_window
    FROM step
    JOIN in_window
    LEFT JOIN standing_order AS standing ON standing.step = step.step
    GROUP BY step.step
)
SELECT
    facts.*,
    (
        SELECT max(r) FROM recency
        WHERE younger_than_days IS NULL OR age_of_last_order < days(younger_than_days)
    ) AS r,
    (SELECT max(f) FROM frequency WHERE orders_in_window >= orders_or_more) AS f,
    (SELECT max(m) FROM monetary WHERE cents_in_window >= cents_or_more) AS m
FROM facts;


-- 4. The segment after each step, and before it.
CREATE TABLE classified AS
WITH after AS (
    SELECT
        score.*,
        CASE WHEN orders_ever = 0 THEN 'none' ELSE segment_grid.segment END AS segment
    FROM score
    JOIN segment_grid
        ON r BETWEEN r_from AND r_to
        AND f BETWEEN f_from AND f_to
)
SELECT
    after.*,
    lag(segment, 1, 'none') OVER (PARTITION BY customer ORDER BY at, pos) AS segment_before
FROM after;


-- 5. A transition is a step that changed the segment. It takes effect at the step's instant, which
--    for the clock is the due instant.
CREATE TABLE transition AS
SELECT step, customer, segment_before AS from_segment, segment AS to_segment, at, pos, m
FROM classified
WHERE segment <> segment_before;


-- 6. What the rules ask for, before cooldowns.
CREATE TABLE due AS
WITH
open_complaint AS (
    SELECT step.step
    FROM step, on_complaint
    JOIN event AS complaint
        ON complaint.customer = step.customer
        AND complaint.kind = 'complaint'
        AND (complaint.heard, complaint.pos) <= (step.at, step.pos)
        AND step.at < complaint.at + days(open_days)
    WHERE NOT EXISTS (
        SELECT * FROM event AS resolution
        WHERE resolution.customer = complaint.customer
            AND resolution.kind = 'resolution'
            AND (resolution.at, resolution.pos) > (complaint.at, complaint.pos)
            AND (resolution.heard, resolution.pos) <= (step.at, step.pos)
    )
),
promotional AS (
    SELECT step, customer, rule, action, at, pos
    FROM transition
    JOIN on_entering
        ON segment = to_segment
        AND (m_at_most IS NULL OR m <= m_at_most)
    UNION ALL
    -- At the clock's step exactly so long after the first order, if that order is still the only one.
    SELECT step, customer, rule, action, at, pos
    FROM score
    JOIN after_first_order
        ON at = first_order_at + days(delay_days)
        AND pos = 0
    WHERE orders_ever = 1
    UNION ALL
    -- An order that is heard of later than that is judged when it is, if it is the first.
    SELECT step, score.customer, rule, action, score.at, score.pos
    FROM score
    JOIN event
        ON event.pos = score.pos
        AND event.kind = 'order'
        AND event.at = first_order_at
    JOIN after_first_order
        ON event.at + days(delay_days) <= score.at
    WHERE orders_ever = 1
)
SELECT customer, rule, action, at, pos
FROM promotional
WHERE step NOT IN (SELECT step FROM open_complaint)
UNION ALL
SELECT customer, rule, action, heard, pos
FROM event, on_complaint
WHERE kind = 'complaint';


-- 7. Cooldowns: the first that is due fires; after each firing, the next to fire is the first that
--    is due when the cooldown is over. What is due in between is lost, and prolongs nothing.
CREATE TABLE fired AS
WITH RECURSIVE
queue AS (
    SELECT
        due.*,
        row_number() OVER (PARTITION BY customer, rule ORDER BY at, pos) AS turn,
        at + days(cooldown_days) AS ready_again_at
    FROM due
    JOIN cooldown USING (rule)
),
firing AS (
    SELECT * FROM queue WHERE turn = 1
    UNION ALL
    SELECT next.*
    FROM firing
    JOIN queue AS next
        ON next.customer = firing.customer
        AND next.rule = firing.rule
        AND next.turn = (
            SELECT min(turn) FROM queue AS later
            WHERE later.customer = firing.customer
                AND later.rule = firing.rule
                AND later.turn > firing.turn
                AND later.at >= firing.ready_again_at
        )
)
SELECT customer, rule, action, at, pos FROM firing;


-- 8. The segment in which every customer ends: that of the last step.
CREATE VIEW final_segment AS
SELECT customer, segment
FROM classified
WHERE step IN (SELECT max(step) FROM step GROUP BY customer);
