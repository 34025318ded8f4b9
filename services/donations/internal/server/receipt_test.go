package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/receipt"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// receipts connects as a donor does: with no credential but the token.
func (b *bench) receipts() donationsv1.ReceiptServiceClient {
	return donationsv1.NewReceiptServiceClient(b.rpc.As(identity.Caller{Service: "gateway"}))
}

func TestADonorSeesTheGiftAndWhatItsFundDid(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	// Given a token made in the browser, of which only the hash was sent.
	secret := []byte("0123456789abcdef0123456789abcdef")
	hash := sha256.Sum256(secret)
	asked := pledgeOf(5000, "general")
	asked.Tip, asked.ReceiptTokenSha256 = postingtest.Money(100), hash[:]
	pledge := b.pledge(p, asked)
	if pledge.GetReceiptToken() != "" || pledge.GetSecretExpired() {
		t.Errorf("a token was made though a hash was given: %v", pledge)
	}
	open := func() *donationsv1.Receipt {
		t.Helper()
		r, err := b.receipts().OpenReceipt(context.Background(), &donationsv1.OpenReceiptRequest{
			ReceiptToken: base64.RawURLEncoding.EncodeToString(secret),
		})
		if err != nil {
			t.Fatalf("open receipt: %v", err)
		}
		return r
	}
	if r := open(); r.GetPledgeState() != donationsv1.PledgeState_PLEDGE_STATE_PENDING || r.GetDonationState() != 0 || r.GetReceivedOn() != "" {
		t.Errorf("before paying: %v", r)
	}

	// When it is paid, some is taken back, and most of the rest is passed on,
	b.pay(pledge)
	b.drain()
	b.ledger.SetAvailable("general", 4000)
	b.ledger.SetPaid("general", 4000, 500)

	// then the receipt shows amounts, states and what can be done, and no totals of one gift.
	want := &donationsv1.Receipt{
		Amount: postingtest.Money(5100), Tip: postingtest.Money(100),
		PledgeState:   donationsv1.PledgeState_PLEDGE_STATE_FULFILLED,
		DonationState: donationsv1.DonationState_DONATION_STATE_SUCCEEDED, ReceivedOn: "2026-11-24",
		Funds: []*donationsv1.FundProgress{{
			Fund: "funds/general", DisplayName: "Families of political prisoners", Amount: postingtest.Money(5000),
			SumsWithheld: true, FamiliesWithheld: true,
		}},
		Payments: []*donationsv1.ReceiptPayment{{
			Donation: b.donation(p, pledge).GetName(), State: donationsv1.DonationState_DONATION_STATE_SUCCEEDED,
			Amount: postingtest.Money(5100), ReceivedOn: "2026-11-24", Cleared: true,
		}},
		AllowedActions: []string{"requestRefund", "forget"},
	}
	got := open()
	if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreFields(&donationsv1.FundProgress{}, "published_through")); diff != "" {
		t.Errorf("receipt (-want +got):\n%s", diff)
	}
	if got.GetFunds()[0].GetPublishedThrough() == "" {
		t.Error("no day of publication")
	}
}

// Whether its gift has one fund or three, an unknown token costs what a known one
// costs, and there need be no fund called general.
func TestAnUnknownTokenCostsTheWorkOfAKnownOne(t *testing.T) {
	t.Parallel()
	for _, funds := range [][]string{{"emergency"}, {"emergency", "operations", "reserve"}} {
		b := newBench(t)
		p := b.newPartner()
		pledges := []*donationsv1.Pledge{b.pledge(p, pledgeOf(5000, funds...)), b.pledge(p, pledgeOf(6000, funds...))}
		open := func(token string) (trips, reads int64, err error) {
			before := b.ledger.Calls("GetFundStatement")
			trips = b.trips.During(func() {
				_, err = b.receipts().OpenReceipt(context.Background(), &donationsv1.OpenReceiptRequest{ReceiptToken: token})
			})
			return trips, int64(b.ledger.Calls("GetFundStatement") - before), err
		}
		for _, pledge := range pledges {
			trips, reads, err := open(pledge.GetReceiptToken())
			if err != nil || reads != int64(len(funds)) {
				t.Fatalf("known token: %d statements of the ledger for %d funds, %v", reads, len(funds), err)
			}
			// Whatever their hashes are, before, between or after those of the pledges.
			for range 8 {
				unknown, _ := receipt.NewToken()
				n, r, err := open(unknown)
				if !fault.OfKind(err, fault.NotFound) || n != trips || r != reads {
					t.Errorf("unknown token: %d trips and %d statements of the ledger, a known one %d and %d: %v", n, r, trips, reads, err)
				}
			}
		}
	}
}

func TestATokenOpensNothingWhereThereIsNoPledge(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token, _ := receipt.NewToken()
	if _, err := b.receipts().OpenReceipt(context.Background(), &donationsv1.OpenReceiptRequest{ReceiptToken: token}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("error = %v", err)
	}
}

func TestAnUnknownTokenIsAnsweredLikeAnyOther(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	pledge := b.pledge(b.newPartner(), pledgeOf(5000, "general"))
	var answers []string
	for _, token := range []string{
		strings.Repeat("A", 43), "short", strings.Repeat("A", 5000), pledge.GetReceiptToken() + "=", pledge.GetReceiptToken()[1:] + "A",
	} {
		reads := b.ledger.Calls("GetFundStatement")
		_, err := b.receipts().OpenReceipt(context.Background(), &donationsv1.OpenReceiptRequest{ReceiptToken: token})
		if !fault.OfKind(err, fault.NotFound) {
			t.Fatalf("token of %d characters: %v", len(token), err)
		}
		if b.ledger.Calls("GetFundStatement") == reads {
			t.Error("an unknown token takes a shorter way than a known one")
		}
		answers = append(answers, err.Error())
	}
	for _, a := range answers[1:] {
		if a != answers[0] {
			t.Errorf("answers differ: %q and %q", a, answers[0])
		}
	}
	if _, err := b.receipts().OpenReceipt(context.Background(), &donationsv1.OpenReceiptRequest{}); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("no token: %v", err)
	}
	if _, err := b.receipts().OpenReceipt(context.Background(), &donationsv1.OpenReceiptRequest{ReceiptToken: pledge.GetReceiptToken()}); err != nil {
		t.Errorf("the right token: %v", err)
	}
	// The token itself is nowhere in the database.
	if b.count("pledges AS p", "(p.*)::text LIKE '%"+pledge.GetReceiptToken()+"%'") != 0 {
		t.Error("the token is stored")
	}
	// And no second pledge takes the same token.
	hash := sha256.Sum256([]byte("x"))
	asked := pledgeOf(5000, "general")
	asked.ReceiptTokenSha256 = hash[:]
	p := b.newPartner()
	b.pledge(p, asked)
	_, err := donationsv1.NewPledgeServiceClient(p.conn).CreatePledge(context.Background(), &donationsv1.CreatePledgeRequest{Pledge: asked})
	if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "receiptTokenSha256" {
		t.Errorf("the same token twice: %v", err)
	}
}
