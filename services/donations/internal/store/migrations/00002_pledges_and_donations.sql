-- What is promised, and what was received. Duties are columns named …_owed_at:
-- since when something is owed, NULL when it is done.
-- +goose Up
CREATE TABLE pledges (
    id                  text        PRIMARY KEY,
    partner_id          text        NOT NULL REFERENCES partners (id),
    currency            text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount              bigint      NOT NULL CHECK (amount > 0),
    tip                 bigint      NOT NULL CHECK (tip >= 0),
    return_url          text        NOT NULL,
    receipt_sha256      bytea       NOT NULL CONSTRAINT pledges_receipt UNIQUE CHECK (length(receipt_sha256) = 32),
    state               text        NOT NULL CHECK (state IN ('PENDING', 'ACTIVE', 'PAUSED', 'FULFILLED', 'CANCELLED', 'LAPSED')),
    recurrence          text        NOT NULL CHECK (recurrence IN ('', 'MONTH', 'YEAR')),
    version             bigint      NOT NULL CHECK (version > 0),
    created_at          timestamptz NOT NULL,
    forgotten_on        date,
    forget_owed_at      timestamptz,
    mac                 bytea       NOT NULL CHECK (length(mac) = 32),
    UNIQUE (id, partner_id),
    CONSTRAINT pledges_forgotten CHECK (forgotten_on IS NOT NULL OR forget_owed_at IS NULL),
    CONSTRAINT pledges_recurring CHECK (recurrence <> '' OR state NOT IN ('ACTIVE', 'PAUSED'))
);
CREATE INDEX pledges_forget_owed ON pledges (forget_owed_at) WHERE forget_owed_at IS NOT NULL;
CREATE INDEX pledges_newest ON pledges (created_at DESC, id DESC);
CREATE INDEX pledges_state ON pledges (state, created_at DESC, id DESC);
CREATE INDEX pledges_of_partner_state ON pledges (partner_id, state, created_at DESC, id DESC);
CREATE INDEX pledges_of_partner ON pledges (partner_id, created_at DESC, id DESC);
COMMENT ON TABLE pledges IS 'Promises of an amount. No donor''s name, contact or address is stored.';
COMMENT ON COLUMN pledges.id IS 'Random id, g_…; the only thing about a gift that Stripe is told.';
COMMENT ON COLUMN pledges.partner_id IS 'Under whose key the pledge was made.';
COMMENT ON COLUMN pledges.currency IS 'ISO 4217 code of amount and tip.';
COMMENT ON COLUMN pledges.amount IS 'What goes to the funds, in minor units.';
COMMENT ON COLUMN pledges.tip IS 'What the donor adds for running costs, in minor units.';
COMMENT ON COLUMN pledges.return_url IS 'Where the donor''s browser goes afterwards; a page of the partner.';
COMMENT ON COLUMN pledges.receipt_sha256 IS 'SHA-256 of the donor''s receipt token, which has 256 random bits.';
COMMENT ON COLUMN pledges.state IS 'State by the machine of package pledge.';
COMMENT ON COLUMN pledges.recurrence IS 'How often it is paid, empty for once. Never changes.';
COMMENT ON COLUMN pledges.version IS 'Counts what was promised, from 1: a recurring pledge may change.';
COMMENT ON COLUMN pledges.created_at IS 'When the pledge was made.';
COMMENT ON COLUMN pledges.forgotten_on IS 'The day on which the donor had it forgotten; NULL for any other.';
COMMENT ON COLUMN pledges.forget_owed_at IS 'Since when the donor has to be deleted at Stripe, and their key destroyed.';
COMMENT ON COLUMN pledges.mac IS 'HMAC-SHA-256 of what was promised, with its designations, under the service''s secret: a pledge that was changed by another hand is refused.';

CREATE TABLE checkouts (
    id             text        PRIMARY KEY,
    pledge_id      text        NOT NULL,
    partner_id     text        NOT NULL,
    number         integer     NOT NULL CHECK (number BETWEEN 1 AND 10),
    state          text        NOT NULL CHECK (state IN ('PENDING', 'OPEN', 'PAID', 'EXPIRED', 'REFUSED')),
    session_id     text        UNIQUE,
    url            text,
    failure        text        NOT NULL DEFAULT '' CHECK (failure IN ('', 'CARD_COUNTRY', 'CARD_COUNTRY_UNKNOWN')),
    expires_at     timestamptz,
    created_at     timestamptz NOT NULL,
    open_owed_at   timestamptz,
    claimed_at     timestamptz,
    expire_owed_at timestamptz,
    reread_owed_at timestamptz,
    UNIQUE (pledge_id, number),
    CONSTRAINT checkouts_of_pledge FOREIGN KEY (pledge_id, partner_id) REFERENCES pledges (id, partner_id),
    CONSTRAINT checkouts_session CHECK ((session_id IS NULL) = (expires_at IS NULL)),
    CONSTRAINT checkouts_open CHECK (state <> 'OPEN' OR session_id IS NOT NULL),
    CONSTRAINT checkouts_url_while_open CHECK ((url IS NOT NULL) = (state = 'OPEN')),
    CONSTRAINT checkouts_owed CHECK ((open_owed_at IS NOT NULL) = (state = 'PENDING'))
);
CREATE INDEX checkouts_newest ON checkouts (created_at DESC, id DESC);
CREATE INDEX checkouts_state ON checkouts (state, created_at DESC, id DESC);
CREATE INDEX checkouts_of_partner ON checkouts (partner_id, created_at DESC, id DESC);
CREATE INDEX checkouts_of_partner_state ON checkouts (partner_id, state, created_at DESC, id DESC);
CREATE UNIQUE INDEX checkouts_one_to_pay_on ON checkouts (pledge_id) WHERE state IN ('PENDING', 'OPEN');
CREATE INDEX checkouts_open_owed ON checkouts (open_owed_at) WHERE open_owed_at IS NOT NULL;
CREATE INDEX checkouts_expire_owed ON checkouts (expire_owed_at) WHERE expire_owed_at IS NOT NULL;
CREATE INDEX checkouts_reread_owed ON checkouts (reread_owed_at) WHERE reread_owed_at IS NOT NULL;
COMMENT ON TABLE checkouts IS 'Payment pages of pledges at Stripe: several of one pledge after each other, one at a time.';
COMMENT ON COLUMN checkouts.id IS 'Random id, co_…';
COMMENT ON COLUMN checkouts.pledge_id IS 'The pledge that is to be paid.';
COMMENT ON COLUMN checkouts.partner_id IS 'Whose pledge it is, so that a partner''s pages are found.';
COMMENT ON COLUMN checkouts.number IS 'Counts the pages of a pledge from 1.';
COMMENT ON COLUMN checkouts.state IS 'State by the machine of package pledge.';
COMMENT ON COLUMN checkouts.session_id IS 'Stripe''s id of the page.';
COMMENT ON COLUMN checkouts.url IS 'Address of the page, only while it is OPEN.';
COMMENT ON COLUMN checkouts.failure IS 'Why the card that was saved on the page was not taken; empty otherwise.';
COMMENT ON COLUMN checkouts.expires_at IS 'When Stripe closes the page.';
COMMENT ON COLUMN checkouts.created_at IS 'When the page was asked for.';
COMMENT ON COLUMN checkouts.open_owed_at IS 'Since when the page has to be made; NULL once it is there or given up.';
COMMENT ON COLUMN checkouts.claimed_at IS 'When a caller last began to make the page; a claim ends after 10 seconds.';
COMMENT ON COLUMN checkouts.expire_owed_at IS 'Since when the page has to be closed at Stripe.';
COMMENT ON COLUMN checkouts.reread_owed_at IS 'From when the page has to be read again if nothing was heard of it: its expiry and some minutes.';

CREATE TABLE givings (
    pledge_id       text        PRIMARY KEY REFERENCES pledges (id),
    customer_id     text        NOT NULL,
    method_id       text        NOT NULL,
    old_method_id   text,
    subscription_id text        UNIQUE,
    agreed          bigint[]    NOT NULL CHECK (cardinality(agreed) > 0),
    next_at         timestamptz,
    move_to         timestamptz,
    paused_until    timestamptz,
    trouble         text        NOT NULL CHECK (trouble IN ('', 'FAILED', 'ACTION_REQUIRED')),
    pay_url         text,
    invoice_at      timestamptz,
    version         bigint      NOT NULL CHECK (version > 0),
    tell_owed_at    timestamptz,
    CONSTRAINT givings_trouble CHECK (trouble <> '' OR pay_url IS NULL)
);
CREATE INDEX givings_tell_owed ON givings (tell_owed_at) WHERE tell_owed_at IS NOT NULL;
COMMENT ON TABLE givings IS 'How recurring pledges are paid, from when a card was saved for them. Stripe is told; it learns no name.';
COMMENT ON COLUMN givings.pledge_id IS 'The pledge.';
COMMENT ON COLUMN givings.customer_id IS 'Stripe''s id of who pays.';
COMMENT ON COLUMN givings.method_id IS 'Stripe''s id of the saved card.';
COMMENT ON COLUMN givings.old_method_id IS 'Stripe''s id of the card before, until Stripe has forgotten it.';
COMMENT ON COLUMN givings.subscription_id IS 'Stripe''s id of the subscription; NULL until it is made.';
COMMENT ON COLUMN givings.agreed IS 'All charges that the donor has agreed to, in minor units: a payment of an earlier one may be under way.';
COMMENT ON COLUMN givings.next_at IS 'When the next payment is due, as last read.';
COMMENT ON COLUMN givings.move_to IS 'When the donor wants the next payment; NULL once Stripe knows.';
COMMENT ON COLUMN givings.paused_until IS 'When a pause ends; NULL where there is none, or none that ends by itself.';
COMMENT ON COLUMN givings.trouble IS 'What is wrong with the payment that is due; empty for nothing.';
COMMENT ON COLUMN givings.pay_url IS 'Where the donor pays what is due; NULL without trouble.';
COMMENT ON COLUMN givings.invoice_at IS 'When the newest invoice that was read was made.';
COMMENT ON COLUMN givings.version IS 'Counts what Stripe has to know, from 1.';
COMMENT ON COLUMN givings.tell_owed_at IS 'Since when Stripe has to be told of the present version.';

CREATE TABLE pledge_designations (
    pledge_id        text    NOT NULL REFERENCES pledges (id),
    position         integer NOT NULL CHECK (position BETWEEN 0 AND 9),
    fund_id          text    NOT NULL REFERENCES funds (id),
    share            bigint  NOT NULL CHECK (share BETWEEN 1 AND 10000),
    amount           bigint  NOT NULL CHECK (amount > 0),
    promises_full    boolean NOT NULL,
    reserve_share    bigint  NOT NULL CHECK (reserve_share BETWEEN 0 AND 1000),
    operations_share bigint  NOT NULL CHECK (operations_share BETWEEN 0 AND 1000),
    PRIMARY KEY (pledge_id, position),
    UNIQUE (pledge_id, fund_id)
);
CREATE INDEX pledge_designations_of_fund ON pledge_designations (fund_id, pledge_id);
COMMENT ON TABLE pledge_designations IS 'The funds of a pledge, with the terms that the donor saw.';
COMMENT ON COLUMN pledge_designations.pledge_id IS 'The pledge.';
COMMENT ON COLUMN pledge_designations.position IS 'Place in the request, from 0; ties of a division go to the earlier one.';
COMMENT ON COLUMN pledge_designations.fund_id IS 'The fund.';
COMMENT ON COLUMN pledge_designations.share IS 'Weight among the designations.';
COMMENT ON COLUMN pledge_designations.amount IS 'Part of the pledge''s amount, in minor units; the parts add up to it.';
COMMENT ON COLUMN pledge_designations.promises_full IS 'Whether the fund promised that the fee is not taken from the gift.';
COMMENT ON COLUMN pledge_designations.reserve_share IS 'Basis points for the reserve that the donor saw.';
COMMENT ON COLUMN pledge_designations.operations_share IS 'Basis points for running costs that the donor saw.';

CREATE TABLE donations (
    id               text        PRIMARY KEY,
    pledge_id        text        NOT NULL REFERENCES pledges (id),
    partner_id       text        NOT NULL REFERENCES partners (id),
    state            text        NOT NULL CHECK (state IN ('PENDING', 'SUCCEEDED', 'FAILED')),
    failure          text        NOT NULL DEFAULT '' CHECK (failure IN ('', 'CARD_COUNTRY', 'CARD_COUNTRY_UNKNOWN', 'DECLINED')),
    charged_currency text        NOT NULL CHECK (charged_currency ~ '^[A-Z]{3}$'),
    charged          bigint      NOT NULL CHECK (charged > 0),
    intent_id        text        NOT NULL CONSTRAINT donations_intent UNIQUE,
    charge_id        text        UNIQUE,
    balance_id       text        UNIQUE,
    currency         text        CHECK (currency ~ '^[A-Z]{3}$'),
    gross            bigint      CHECK (gross > 0),
    fee              bigint      CHECK (fee >= 0),
    rate             text,
    received_on      date,
    created_at       timestamptz NOT NULL,
    post_owed_at     timestamptz,
    posted_at        timestamptz,
    clears_at        timestamptz,
    cover_owed_at    timestamptz CHECK (cover_owed_at IS NULL OR posted_at IS NOT NULL),
    CONSTRAINT donations_failure CHECK (failure = '' OR state = 'FAILED'),
    refunded         bigint      NOT NULL DEFAULT 0 CHECK (refunded >= 0),
    dispute_state    text        NOT NULL DEFAULT 'NONE' CHECK (dispute_state IN ('NONE', 'WON', 'INQUIRY', 'LOST', 'OPEN')),
    warned_until     timestamptz,
    CONSTRAINT donations_settled CHECK (
        (state = 'SUCCEEDED') = (balance_id IS NOT NULL)
        AND num_nulls(charge_id, balance_id, currency, gross, fee, rate, received_on, clears_at) IN (0, 8)),
    CONSTRAINT donations_posting CHECK (
        CASE WHEN state = 'SUCCEEDED' THEN num_nonnulls(post_owed_at, posted_at) = 1
             ELSE num_nonnulls(post_owed_at, posted_at) = 0 END)
);
CREATE INDEX donations_newest ON donations (created_at DESC, id DESC);
CREATE INDEX donations_state ON donations (state, created_at DESC, id DESC);
CREATE INDEX donations_of_partner_state ON donations (partner_id, state, created_at DESC, id DESC);
CREATE INDEX donations_of_partner ON donations (partner_id, created_at DESC, id DESC);
CREATE INDEX donations_of_pledge ON donations (pledge_id, created_at DESC, id DESC);
CREATE INDEX donations_post_owed ON donations (post_owed_at) WHERE post_owed_at IS NOT NULL;
CREATE INDEX donations_cover_owed ON donations (currency, cover_owed_at) WHERE cover_owed_at IS NOT NULL;
COMMENT ON TABLE donations IS 'Money received, or on its way: a projection of Stripe''s objects as last read.';
COMMENT ON COLUMN donations.id IS 'Random id, d_…';
COMMENT ON COLUMN donations.pledge_id IS 'The pledge that is paid.';
COMMENT ON COLUMN donations.partner_id IS 'The pledge''s partner, for the scope of reads.';
COMMENT ON COLUMN donations.state IS 'SUCCEEDED is final.';
COMMENT ON COLUMN donations.failure IS 'Why it failed, empty where it did not or nobody knows; never which card or country.';
COMMENT ON COLUMN donations.charged_currency IS 'ISO 4217 code of what the card was charged.';
COMMENT ON COLUMN donations.charged IS 'What the card was charged, in minor units.';
COMMENT ON COLUMN donations.intent_id IS 'Stripe''s id of the payment intent.';
COMMENT ON COLUMN donations.charge_id IS 'Stripe''s id of the charge that succeeded.';
COMMENT ON COLUMN donations.balance_id IS 'Stripe''s id of the balance transaction; the ledger sees only its HMAC.';
COMMENT ON COLUMN donations.currency IS 'ISO 4217 code of the settlement, which the books hold.';
COMMENT ON COLUMN donations.gross IS 'What Stripe credited before its fee, in minor units.';
COMMENT ON COLUMN donations.fee IS 'Stripe''s fee, in minor units.';
COMMENT ON COLUMN donations.rate IS 'Exchange rate from the charged currency as decimal text; empty where the currencies are the same.';
COMMENT ON COLUMN donations.received_on IS 'UTC day of the balance transaction.';
COMMENT ON COLUMN donations.created_at IS 'When the payment was first seen.';
COMMENT ON COLUMN donations.post_owed_at IS 'Since when the ledger has to be told.';
COMMENT ON COLUMN donations.posted_at IS 'When the ledger had booked it.';
COMMENT ON COLUMN donations.cover_owed_at IS 'Since when what running costs got of it has to cover deficits of its currency; NULL where they got nothing, and once it is done.';
COMMENT ON COLUMN donations.clears_at IS 'From when the money is to become available to its funds.';
COMMENT ON COLUMN donations.refunded IS 'How much of the charge refunds have given back, in its minor units.';
COMMENT ON COLUMN donations.dispute_state IS 'The gravest state of its disputes.';
COMMENT ON COLUMN donations.warned_until IS 'Until when the gift is in question because its card was reported for fraud; NULL where it was not, or two people have decided.';

CREATE TABLE donation_parts (
    donation_id   text    NOT NULL REFERENCES donations (id),
    position      integer NOT NULL CHECK (position BETWEEN 0 AND 10),
    fund_id       text    REFERENCES funds (id),
    amount        bigint  NOT NULL CHECK (amount >= 0),
    reserve       bigint  NOT NULL CHECK (reserve >= 0),
    operations    bigint  NOT NULL CHECK (operations >= 0),
    fee           bigint  NOT NULL CHECK (fee >= 0),
    promises_full boolean NOT NULL,
    clears        bigint  NOT NULL CHECK (clears >= 0),
    taken         bigint  NOT NULL DEFAULT 0 CHECK (taken >= 0 AND taken <= clears),
    clear_owed_at timestamptz,
    PRIMARY KEY (donation_id, position),
    CONSTRAINT donation_parts_whole CHECK (amount >= reserve + operations + clears)
);
CREATE INDEX donation_parts_clear_owed ON donation_parts (fund_id, clear_owed_at) WHERE clear_owed_at IS NOT NULL;
COMMENT ON TABLE donation_parts IS 'What each fund gets of a donation, in minor units of the settlement currency; the amounts add up to gross.';
COMMENT ON COLUMN donation_parts.donation_id IS 'The donation.';
COMMENT ON COLUMN donation_parts.position IS 'Place, from 0; the tip comes last.';
COMMENT ON COLUMN donation_parts.fund_id IS 'The fund; NULL for the tip.';
COMMENT ON COLUMN donation_parts.amount IS 'The whole part.';
COMMENT ON COLUMN donation_parts.reserve IS 'Of it, what goes to the reserve.';
COMMENT ON COLUMN donation_parts.operations IS 'Of it, what goes to running costs.';
COMMENT ON COLUMN donation_parts.fee IS 'The part''s share of Stripe''s fee.';
COMMENT ON COLUMN donation_parts.promises_full IS 'Whether the fee is not taken from the part.';
COMMENT ON COLUMN donation_parts.clears IS 'What becomes available to the fund when the gift clears.';
COMMENT ON COLUMN donation_parts.taken IS 'Of it, what has gone back, or is to, before it cleared.';
COMMENT ON COLUMN donation_parts.clear_owed_at IS 'From when the part has to be cleared; set when the ledger has booked the gift, NULL while it is in question, once it stands in a clearing run, or nothing clears.';

CREATE TABLE mails (
    pledge_id  text        PRIMARY KEY REFERENCES pledges (id),
    language   text        NOT NULL CHECK (language IN ('be', 'ru', 'en')),
    sealed     bytea       NOT NULL,
    created_on date        NOT NULL,
    claimed_at timestamptz
);
COMMENT ON TABLE mails IS 'Donors who want to be told once that their payment has come. A row goes when the message is sent, after 30 days, or when the donor is forgotten.';
COMMENT ON COLUMN mails.pledge_id IS 'The pledge; the message is owed once its first payment is booked.';
COMMENT ON COLUMN mails.language IS 'Language of the message.';
COMMENT ON COLUMN mails.sealed IS 'The address, sealed under the donor''s own key, which is destroyed before the row goes.';
COMMENT ON COLUMN mails.created_on IS 'The day of the pledge.';
COMMENT ON COLUMN mails.claimed_at IS 'When the message was last being sent: nobody else sends it within ten minutes.';
