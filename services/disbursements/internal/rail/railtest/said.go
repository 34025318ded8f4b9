package railtest

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// saidRules are that a rail does what it declares, and nothing else.
func saidRules() []Rule {
	return []Rule{
		{"what it is called and has is declared", isDeclared},
		{"a form that it does not take is refused", otherFormsAreRefused},
		{"a currency that it does not carry is refused", otherCurrenciesAreRefused},
		{"a sender that it does not have is refused", otherSendersAreRefused},
		{"what it cannot do it says, and what it can it does", saysWhatItCan},
		{"a file from outside says the same each time", readsAlike},
	}
}

func isDeclared(_ context.Context, b Bench) error {
	can := b.Rail().Capabilities()
	if can.ID == "" || len(can.Forms) == 0 || len(can.Currencies) == 0 || len(can.Senders) == 0 {
		return fmt.Errorf("it declares %+v", can)
	}
	if _, files := b.Rail().(rail.Filer); files != can.Files {
		return fmt.Errorf("it declares files: %t, and has them: %t", can.Files, files)
	}
	for _, s := range can.Senders {
		if !slices.Contains(can.Currencies, s.Currency) {
			return fmt.Errorf("sender %s has a currency that the rail does not carry", s.ID)
		}
	}
	return nil
}

// destinations are one of each form.
func destinations() []payment.Destination {
	return []payment.Destination{
		{},
		{BankAccount: &payment.BankAccount{Holder: "Made-up Person", IBAN: "LT121000011101001000", Country: "LT", Town: "Vilnius"}},
		{Wallet: &payment.Wallet{Network: "BITCOIN", Address: "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"}},
		{Collector: &payment.Collector{FullName: "Made-up Person", Country: "GE", Town: "Tbilisi"}},
		{Payee: &payment.Payee{Name: "Made-up Lawyers", Country: "BY", Bill: "1"}},
		{Parcel: &payment.Parcel{Recipient: "Made-up Person", Address: "Made-up street 1", Country: "BY", Items: []payment.Item{{Description: "tea", Quantity: 1}}}},
	}
}

func otherFormsAreRefused(ctx context.Context, b Bench) error {
	for _, d := range destinations() {
		if d.IsOneOf(b.Rail().Capabilities().Forms) {
			continue
		}
		in := one(b)
		in.Destination = d
		if err := neverTaken(ctx, b, in); err != nil {
			return fmt.Errorf("form %q: %w", d.Form(), err)
		}
	}
	return nil
}

func otherCurrenciesAreRefused(ctx context.Context, b Bench) error {
	in := one(b)
	in.Attempt.Currency = "XTS"
	return neverTaken(ctx, b, in)
}

func otherSendersAreRefused(ctx context.Context, b Bench) error {
	in := one(b)
	in.Sender = "nobody"
	return neverTaken(ctx, b, in)
}

// neverTaken checks that an instruction is refused for good, and that nothing of it
// leaves.
func neverTaken(ctx context.Context, b Bench, in payment.Instruction) error {
	r := b.Rail()
	if err := r.Prepare(ctx, in); !fault.OfKind(err, fault.Invalid) {
		return fmt.Errorf("prepare: %w", unexpected(err))
	}
	if _, err := r.Submit(ctx, in); !fault.OfKind(err, fault.Invalid) {
		return fmt.Errorf("submit: %w", unexpected(err))
	}
	if err := polled(ctx, b.Rail(), in.Attempt, payment.NotKnown); err != nil {
		return err
	}
	return leave(b)
}

// saysWhatItCan asks for everything.
func saysWhatItCan(ctx context.Context, b Bench) error {
	r, in := b.Rail(), one(b)
	can := r.Capabilities()
	if _, err := r.Submit(ctx, in); err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	if err := polled(ctx, r, in.Attempt, payment.Waiting, payment.Taken); err != nil {
		return err
	}
	if !can.Cancels {
		if err := r.Cancel(ctx, b.Cancellation([]payment.Instruction{in})); !fault.Is(err, fault.ReasonRailCannot) {
			return fmt.Errorf("it declares that it cannot cancel: %w", unexpected(err))
		}
	}
	if err := leave(b, in); err != nil {
		return err
	}
	if !can.Reconciles {
		if _, err := r.Reconcile(ctx, []byte("a file")); !fault.Is(err, fault.ReasonRailCannot) {
			return fmt.Errorf("it declares that it reads nothing: %w", unexpected(err))
		}
	}
	return reconciled(ctx, b, r, in)
}

// readsAlike reads one file twice, and what is no file.
func readsAlike(ctx context.Context, b Bench) error {
	r := b.Rail()
	if !r.Capabilities().Reconciles {
		return nil
	}
	in := one(b)
	if _, err := r.Submit(ctx, in); err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	if err := leave(b, in); err != nil {
		return err
	}
	file, err := b.Report()
	if err != nil {
		return err
	}
	first, err := r.Reconcile(ctx, file)
	if err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	again, err := b.Rail().Reconcile(ctx, bytes.Clone(file))
	if err != nil || fmt.Sprintf("%v", again) != fmt.Sprintf("%v", first) {
		return fmt.Errorf("it reads %v, then %v (%w)", first, again, err)
	}
	if _, err := r.Reconcile(ctx, []byte("no file of anybody's")); !fault.OfKind(err, fault.Invalid) {
		return fmt.Errorf("what is no file is answered: %w", unexpected(err))
	}
	return nil
}

// reconciled checks that a report from outside names a payment that has left.
func reconciled(ctx context.Context, b Bench, r rail.Rail, in payment.Instruction) error {
	if !r.Capabilities().Reconciles {
		return nil
	}
	file, err := b.Report()
	if err != nil {
		return err
	}
	report, err := r.Reconcile(ctx, file)
	if err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	for _, st := range report.Statements {
		for _, l := range st.Lines {
			if l.EndToEndID == in.Attempt.EndToEndID && l.Minor == in.Attempt.Minor && !l.Credit && st.Sender == in.Sender {
				return nil
			}
		}
	}
	return fmt.Errorf("the report does not name the payment: %+v", report)
}
