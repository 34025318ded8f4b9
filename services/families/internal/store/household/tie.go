package household

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Ties fills in what families share with others: whose cases they are, their prisoners,
// and where they are paid. It is compared in memory, and kept nowhere.
func (s *Store) Ties(ctx context.Context, list []family.Paid) error {
	ids, at := make([]string, len(list)), map[string]*family.Paid{}
	for i := range list {
		ids[i], at[list[i].Family] = list[i].Family, &list[i]
	}
	type row struct {
		FamilyID, Owner string
		Prisoner        []byte
	}
	rows, err := postgres.Many(ctx, s.db.Pool, "ties of families", pgx.RowToStructByPos[row], `
		SELECT family_id, owner, prisoner_digest FROM families WHERE family_id = ANY($1)`, ids)
	if err != nil {
		return err
	}
	for _, r := range rows {
		at[r.FamilyID].Owner, at[r.FamilyID].Prisoner = r.Owner, hex.EncodeToString(r.Prisoner)
	}
	if len(rows) < len(at) {
		return fault.Missing("family")
	}
	sealed, err := postgres.Many(ctx, s.db.Pool, "destinations", pgx.RowToStructByPos[sealedDestination], `
		SELECT family_id, destination_id, form, sealed FROM destinations
		WHERE family_id = ANY($1) AND state = 'CONFIRMED' ORDER BY destination_id`, ids)
	if err != nil {
		return err
	}
	for _, d := range sealed {
		place, err := s.placeOf(ctx, d)
		if err != nil {
			return err
		}
		if p := at[d.FamilyID]; place != "" {
			p.Places = append(p.Places, place)
		}
	}
	return nil
}

// placeOf is the same for two destinations that are one; empty for one that is erased.
func (s *Store) placeOf(ctx context.Context, row sealedDestination) (string, error) {
	var d destination.Details
	err := s.open(ctx, destinationColumn.At(seal.Family(row.FamilyID), row.ID, 1), row.Sealed, &d)
	if fault.Is(err, fault.ReasonErased) || fault.Is(err, fault.ReasonSealBroken) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	content, err := d.Canonical()
	sum := sha256.Sum256(content)
	return string(sum[:]), err
}
