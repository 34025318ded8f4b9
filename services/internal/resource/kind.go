package resource

// Kind is what an id says that it names, by its prefix: no two share one.
type Kind string

// The prefixes of all ids that are made here.
const (
	KindStaff  Kind = "s"
	KindGrant  Kind = "g"
	KindFreeze Kind = "fz"
	// KindEngagement names what an auditor is engaged for.
	KindEngagement Kind = "en"
	// KindAnnouncement names what all colleagues are told.
	KindAnnouncement Kind = "an"

	KindPartner    Kind = "pt"
	KindPartnerKey Kind = "k"
	// KindWebhookEndpoint and KindWebhookDelivery name what partners are told by, and the
	// messages.
	KindWebhookEndpoint Kind = "we"
	KindWebhookDelivery Kind = "wd"

	KindPledge      Kind = "pg"
	KindCheckout    Kind = "co"
	KindDonation    Kind = "d"
	KindClearingRun Kind = "cr"
	KindBankGift    Kind = "bg"
	KindCovering    Kind = "dc"
	KindRefund      Kind = "rf"
	KindDispute     Kind = "dp"
	KindStripeItem  Kind = "si"
	KindPayout      Kind = "po"
	KindPayoutLine  Kind = "sl"

	KindPrisoner       Kind = "pr"
	KindPrisonerImport Kind = "i"
	KindFamily         Kind = "f"
	KindVerification   Kind = "v"
	KindMember         Kind = "m"
	KindContact        Kind = "c"
	KindConsent        Kind = "n"
	KindDestination    Kind = "de"
	KindAidRequest     Kind = "a"
	KindAccessRecord   Kind = "ar"

	KindAllocationRound Kind = "r"
	KindAward           Kind = "w"
	KindEmergencyGrant  Kind = "e"
	KindPaymentPlan     Kind = "p"
	KindPlanVoid        Kind = "pv"
	KindPaymentFile     Kind = "pf"
	KindPayment         Kind = "y"
	KindAttemptPosting  Kind = "ap"
	KindLease           Kind = "l"
	KindStatement       Kind = "st"
	KindStatementGap    Kind = "sg"
	KindUnmatchedLine   Kind = "ul"
	KindInquiry         Kind = "iq"

	KindAdjustment Kind = "adj"
	KindPeriod     Kind = "per"

	// KindCall names one call in answers and logs.
	KindCall Kind = "call"
)
