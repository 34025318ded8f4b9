package store

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
)

// The lists of what people propose, and what a filter may ask of each.

func adjustmentList() listing.List {
	return proposals("adjustments", filter.Words[ledgerv1.AdjustmentState]())
}

func closeList() listing.List { return proposals("periods", filter.Words[ledgerv1.PeriodCloseState]()) }

// proposals is a list in the order of proposals, the last first.
func proposals(table string, states map[string]string) listing.List {
	return listing.List{
		Rows: table, Alias: table, Newest: true,
		Keys: []listing.Key{{Name: "proposed_on", SQL: table + ".number", Kind: listing.Number}},
		Columns: map[string]filter.Column{
			listing.State: {SQL: table + ".state", Words: states},
			"proposed_on": {SQL: table + ".proposed_on", Value: dayValue},
		},
	}
}
