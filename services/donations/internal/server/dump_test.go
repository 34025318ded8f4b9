package server_test

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// dump is the whole database as text, as somebody reads it who has the files.
func (b *bench) dump() string {
	b.t.Helper()
	ctx := context.Background()
	tables, err := postgres.Many(ctx, b.db.Pool, "tables", pgx.RowTo[string], `
		SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND has_table_privilege(oid, 'SELECT')`)
	if err != nil {
		b.t.Fatal(err)
	}
	var all strings.Builder
	for _, table := range tables {
		rows, err := postgres.Many(ctx, b.db.Pool, table, pgx.RowTo[string], `SELECT to_jsonb(t)::text FROM `+pgx.Identifier{table}.Sanitize()+` t`)
		if err != nil {
			b.t.Fatal(err)
		}
		all.WriteString(strings.Join(rows, "\n"))
	}
	return all.String()
}

// holds reports whether a dump has a secret, as it is or as bytes.
func holds(dump, secret string) bool {
	return strings.Contains(dump, secret) || strings.Contains(dump, hex.EncodeToString([]byte(secret)))
}

// TestNoCredentialStandsInADumpOfDonations looks for the keys of a partner and the token of
// a donor in every table, after they were made and used.
func TestNoCredentialStandsInADumpOfDonations(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	second, err := b.operator().CreateKey(t.Context(), &donationsv1.CreateKeyRequest{
		Parent: p.GetName(), Key: &donationsv1.Key{Kind: donationsv1.KeyKind_KEY_KIND_SECRET},
	})
	if err != nil {
		t.Fatal(err)
	}
	asked := pledgeOf(5000, "general")
	asked.ReceiptTokenSha256 = nil // so that the service makes the token
	made := b.pledge(p, asked)
	b.pay(made)
	b.drain()
	dump := b.dump()
	if len(dump) < 1000 || !strings.Contains(dump, strings.TrimPrefix(made.GetName(), "pledges/")) {
		t.Fatalf("a dump of %d bytes: the test would see nothing", len(dump))
	}
	for what, secret := range map[string]string{
		"the secret key": p.GetSecretKey(), "the publishable key": p.GetPublishableKey(), "a second key": second.GetSecret(),
		"the donor's token": made.GetReceiptToken(),
	} {
		if len(secret) < 20 || holds(dump, secret) {
			t.Errorf("%s (%d characters) stands in the dump", what, len(secret))
		}
	}
	// The test must be able to see one, as text and as bytes.
	for _, sql := range []string{`UPDATE partners SET display_name = $2 WHERE id = $1`, `UPDATE partner_keys SET sha256 = substr($2::text::bytea, 1, 32) WHERE partner_id = $1 AND kind = 'PUBLISHABLE'`} {
		secret := p.GetSecretKey()[:32]
		if _, err := b.db.Pool.Exec(t.Context(), sql, strings.TrimPrefix(p.GetName(), "partners/"), secret); err != nil {
			t.Fatal(err)
		}
		if !holds(b.dump(), secret) {
			t.Errorf("without the protection nothing is seen after %s", sql)
		}
		b.write(`UPDATE partners SET display_name = 'Friends' WHERE id = $1`, strings.TrimPrefix(p.GetName(), "partners/"))
	}
}
