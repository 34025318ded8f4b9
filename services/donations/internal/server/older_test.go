package server_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// copied reads a row with its MAC, as somebody does who keeps a copy.
func (b *bench) copied(table, id string) (row string) {
	b.t.Helper()
	if err := b.db.Pool.QueryRow(context.Background(), `SELECT to_jsonb(t)::text FROM `+table+` t WHERE id = $1`, id).Scan(&row); err != nil {
		b.t.Fatal(err)
	}
	return row
}

// TestAnOlderRowOfAPartnerIsRefusedAndNamed puts back, with the MACs that they had, a key
// that was revoked since, and an address that was taken away.
func TestAnOlderRowOfAPartnerIsRefusedAndNamed(t *testing.T) {
	t.Parallel()
	heads := func(b *bench) func(store.Rows) store.Rows {
		kept := seal.NewHeads(postgrestest.New(t, seal.KeyStoreMigrations()))
		return func(store.Rows) store.Rows {
			return rowmac.New([]byte("secret of the rows"), slog.New(slog.NewTextHandler(b.log, nil))).Over(kept)
		}
	}
	for name, attack := range map[string]func(b *bench) (table, row string, err error){
		"a revoked key": func(b *bench) (table, row string, err error) {
			p := b.newPartner()
			second, err := b.operator().CreateKey(t.Context(), &donationsv1.CreateKeyRequest{
				Parent: p.GetName(), Key: &donationsv1.Key{Kind: donationsv1.KeyKind_KEY_KIND_SECRET},
			})
			if err != nil {
				t.Fatal(err)
			}
			id := second.GetName()[strings.LastIndex(second.GetName(), "/")+1:]
			before := b.copied("partner_keys", id)
			if _, err := b.operator().RevokeKey(t.Context(), &donationsv1.RevokeKeyRequest{Name: second.GetName()}); err != nil {
				t.Fatal(err)
			}
			b.write(`UPDATE partner_keys k SET revoked_at = NULL, version = o.version, mac = o.mac FROM jsonb_populate_record(NULL::partner_keys, $2::jsonb) o WHERE k.id = $1`, id, before)
			_, err = donationsv1.NewPledgeServiceClient(b.rpc.Bearing(second.GetSecret())).ListPledges(t.Context(), &donationsv1.ListPledgesRequest{})
			return "partner_keys", id, err
		},
		"an address taken away": func(b *bench) (table, row string, err error) {
			p := b.newPartner()
			id := p.GetName()[len("partners/"):]
			before := b.copied("partners", id)
			if _, err := b.operator().UpdatePartner(t.Context(), &donationsv1.UpdatePartnerRequest{
				Partner: &donationsv1.Partner{Name: p.GetName(), ReturnUrls: []string{"https://friends.example/", "https://new.example/"}},
			}); err != nil {
				t.Fatal(err)
			}
			b.write(`UPDATE partners p SET return_urls = o.return_urls, version = o.version, mac = o.mac
				FROM jsonb_populate_record(NULL::partners, $2::jsonb) o WHERE p.id = $1`, id, before)
			_, err = donationsv1.NewPledgeServiceClient(b.rpc.Bearing(p.GetSecretKey())).CreatePledge(t.Context(),
				&donationsv1.CreatePledgeRequest{Pledge: pledgeOf(5000, "general")})
			return "partners", id, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.with(heads(b))
			table, row, err := attack(b)
			if !fault.Is(err, rowmac.Changed) || !strings.Contains(b.log.String(), "table="+table+" row="+row) {
				t.Errorf("%v, log %s", err, b.log)
			}
			b = newBench(t)
			if _, _, err := attack(b); err != nil {
				t.Errorf("without the protection: %v", err)
			}
		})
	}
}
