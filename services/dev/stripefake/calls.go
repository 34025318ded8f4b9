package stripefake

import "maps"

// handlers lists the calls that the fake serves, by the contract's names.
func handlers() map[string]handler {
	all := accountCalls()
	maps.Copy(all, paymentCalls())
	maps.Copy(all, recurringCalls())
	return all
}

// accountCalls are about the account and its balance.
func accountCalls() map[string]handler {
	return map[string]handler{
		"GET /v1/account":                   (*Server).getAccount,
		"GET /v1/webhook_endpoints":         (*Server).listEndpoints,
		"GET /v1/events":                    (*Server).listEvents,
		"GET /v1/events/{id}":               (*Server).getEvent,
		"GET /v1/balance":                   (*Server).getBalance,
		"GET /v1/balance_transactions":      (*Server).listTransactions,
		"GET /v1/balance_transactions/{id}": reading("balance_transaction"),
		"POST /v1/payouts":                  (*Server).createPayout,
		"GET /v1/payouts":                   listing("payout", "/v1/payouts", "status"),
		"GET /v1/payouts/{payout}":          reading("payout"),
		"POST /v1/payouts/{payout}/cancel":  (*Server).cancelPayout,
	}
}

// paymentCalls are about payments and what comes back of them.
func paymentCalls() map[string]handler {
	return map[string]handler{
		"POST /v1/checkout/sessions":                               (*Server).createSession,
		"GET /v1/checkout/sessions":                                listing("checkout.session", "/v1/checkout/sessions", "payment_intent"),
		"GET /v1/checkout/sessions/{session}":                      reading("checkout.session"),
		"POST /v1/checkout/sessions/{session}/expire":              (*Server).expireSession,
		"GET /v1/payment_intents":                                  listing("payment_intent", "/v1/payment_intents"),
		"GET /v1/payment_intents/{intent}":                         reading("payment_intent"),
		"POST /v1/payment_intents/{intent}/capture":                (*Server).captureIntent,
		"POST /v1/payment_intents/{intent}/cancel":                 (*Server).cancelIntent,
		"GET /v1/setup_intents/{intent}":                           reading("setup_intent"),
		"GET /v1/charges":                                          listing("charge", "/v1/charges", "payment_intent"),
		"GET /v1/charges/{charge}":                                 reading("charge"),
		"POST /v1/refunds":                                         (*Server).createRefund,
		"GET /v1/refunds":                                          listing("refund", "/v1/refunds", "charge", "payment_intent"),
		"GET /v1/refunds/{refund}":                                 reading("refund"),
		"GET /v1/disputes":                                         listing("dispute", "/v1/disputes", "charge", "payment_intent"),
		"GET /v1/disputes/{dispute}":                               reading("dispute"),
		"POST /v1/disputes/{dispute}":                              (*Server).updateDispute,
		"POST /v1/disputes/{dispute}/close":                        (*Server).closeDispute,
		"GET /v1/radar/early_fraud_warnings":                       listing("radar.early_fraud_warning", "/v1/radar/early_fraud_warnings", "charge", "payment_intent"),
		"GET /v1/radar/early_fraud_warnings/{early_fraud_warning}": reading("radar.early_fraud_warning"),
	}
}

// recurringCalls are about those who pay again and again.
func recurringCalls() map[string]handler {
	return map[string]handler{
		"GET /v1/payment_methods/{payment_method}":           reading("payment_method"),
		"POST /v1/payment_methods/{payment_method}/detach":   (*Server).detachMethod,
		"POST /v1/customers":                                 (*Server).createCustomer,
		"GET /v1/customers/{customer}":                       (*Server).getCustomer,
		"POST /v1/customers/{customer}":                      (*Server).updateCustomer,
		"DELETE /v1/customers/{customer}":                    (*Server).deleteCustomer,
		"GET /v1/customers/{customer}/payment_methods":       (*Server).listMethods,
		"POST /v1/products":                                  (*Server).createProduct,
		"GET /v1/products/{id}":                              reading("product"),
		"POST /v1/subscriptions":                             (*Server).createSubscription,
		"GET /v1/subscriptions":                              (*Server).listSubscriptions,
		"GET /v1/subscriptions/{subscription_exposed_id}":    reading("subscription"),
		"POST /v1/subscriptions/{subscription_exposed_id}":   (*Server).updateSubscription,
		"DELETE /v1/subscriptions/{subscription_exposed_id}": (*Server).cancelSubscription,
		"GET /v1/invoices":                                   listing("invoice", "/v1/invoices", "subscription", "customer", "status"),
		"GET /v1/invoices/{invoice}":                         reading("invoice"),
		"POST /v1/invoices/{invoice}/pay":                    (*Server).payInvoice,
	}
}
