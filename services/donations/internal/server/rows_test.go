package server_test

import (
	"context"
	"strings"
	"testing"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// laxRows takes every row as it is.
type laxRows struct{ store.Rows }

// Check finds nothing wrong.
func (laxRows) Check(context.Context, *rowmac.Row, []byte) error { return nil }

// byHand are attacks of somebody who writes to the database with the service's own
// role: a statement ($1 is the partner's id, $2 the hash of the attacker's key), and
// what they then try. revoked is a key of the partner's that was revoked.
func byHand(revoked string) map[string]struct {
	statement string
	try       func(b *bench, p testPartner) error
} {
	const evil = "https://evil.example/"
	pledge := func(b *bench, key string) error {
		asked := pledgeOf(5000, "general")
		asked.ReturnUrl = evil
		_, err := donationsv1.NewPledgeServiceClient(b.rpc.Bearing(key)).CreatePledge(context.Background(), &donationsv1.CreatePledgeRequest{Pledge: asked})
		return err
	}
	list := func(b *bench, key string) error {
		_, err := donationsv1.NewPledgeServiceClient(b.rpc.Bearing(key)).ListPledges(context.Background(), &donationsv1.ListPledgesRequest{})
		return err
	}
	return map[string]struct {
		statement string
		try       func(b *bench, p testPartner) error
	}{
		"donors are sent to another address": {
			`UPDATE partners SET return_urls = '{` + evil + `}' WHERE id = $1 AND $2::bytea IS NOT NULL`,
			func(b *bench, p testPartner) error { return pledge(b, p.GetSecretKey()) },
		},
		"a key of the attacker's own": {
			`INSERT INTO partner_keys (id, partner_id, kind, prefix, sha256, created_at, version, mac)
				SELECT 'k_evil', partner_id, kind, prefix, $2, created_at, version, mac FROM partner_keys WHERE partner_id = $1 AND kind = 'SECRET' LIMIT 1`,
			func(b *bench, _ testPartner) error { return list(b, evilKey) },
		},
		"the hash of a key is another": {
			`UPDATE partner_keys SET sha256 = $2 WHERE partner_id = $1 AND kind = 'SECRET' AND revoked_at IS NULL`,
			func(b *bench, _ testPartner) error { return list(b, evilKey) },
		},
		"the public key becomes a secret one": {
			`UPDATE partner_keys SET kind = 'SECRET' WHERE partner_id = $1 AND $2::bytea IS NOT NULL`,
			func(b *bench, p testPartner) error { return list(b, p.GetPublishableKey()) },
		},
		"a revoked key lives again": {
			`UPDATE partner_keys SET revoked_at = NULL WHERE partner_id = $1 AND $2::bytea IS NOT NULL`,
			func(b *bench, _ testPartner) error { return list(b, revoked) },
		},
		"a revoked key ends in a hundred years": {
			`UPDATE partner_keys SET revoked_at = revoked_at + interval '100 years' WHERE partner_id = $1 AND $2::bytea IS NOT NULL`,
			func(b *bench, _ testPartner) error { return list(b, revoked) },
		},
	}
}

// evilKey is a credential that the service has never made.
const evilKey = "sk_test_evil"

func TestWhatAnotherHandWroteAboutAPartnerIsRefusedAndNamed(t *testing.T) {
	t.Parallel()
	for name := range byHand("") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log, err := attack(t, name, func(r store.Rows) store.Rows { return r })
			if !fault.Is(err, rowmac.Changed) {
				t.Errorf("error = %v", err)
			}
			if !strings.Contains(log, "alarm=true") || !strings.Contains(log, "table=partner") || !strings.Contains(log, "row=") {
				t.Errorf("log = %s", log)
			}
		})
	}
}

// The test above must be able to see the defect that it guards against.
func TestWithoutMACsWhatAnotherHandWroteIsDone(t *testing.T) {
	t.Parallel()
	for name := range byHand("") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := attack(t, name, func(r store.Rows) store.Rows { return laxRows{r} }); err != nil {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// attack plays one of the attacks on a service whose store checks rows with a key, and
// returns what the attacker is told, and the log.
func attack(t *testing.T, name string, with func(store.Rows) store.Rows) (log string, err error) {
	t.Helper()
	b := newBench(t)
	b.rows = with(b.rows)
	b.store = b.storeAt(0)
	b.worker.Store = b.store
	b.serve()
	p := b.newPartner()
	second, err := b.operator().CreateKey(context.Background(), &donationsv1.CreateKeyRequest{
		Parent: p.GetName(), Key: &donationsv1.Key{Kind: donationsv1.KeyKind_KEY_KIND_SECRET},
	})
	if err == nil {
		_, err = b.operator().RevokeKey(context.Background(), &donationsv1.RevokeKeyRequest{Name: second.GetName()})
	}
	if err != nil {
		t.Fatal(err)
	}
	a := byHand(second.GetSecret())[name]
	if _, err := b.db.Pool.Exec(context.Background(), a.statement, p.GetName()[len("partners/"):], partner.Digest(evilKey)); err != nil {
		t.Fatalf("the attacker's statement: %v", err)
	}
	err = a.try(b, p)
	return b.log.String(), err
}
