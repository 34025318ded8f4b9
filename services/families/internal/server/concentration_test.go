package server_test

import (
	"slices"
	"testing"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// concentrated are the families at which somebody should look, where each gets an amount.
func (b *bench) concentrated(minor int64, names ...string) ([]string, error) {
	req := &familiesv1.ListConcentratedFamiliesRequest{CurrencyCode: "EUR"}
	for _, name := range names {
		req.Families = append(req.Families, &familiesv1.ListConcentratedFamiliesRequest_Paid{Family: name, MinorUnits: minor, OfPlan: true})
	}
	resp, err := b.disbursements().release.ListConcentratedFamilies(b.t.Context(), req)
	return resp.GetFamilies(), err
}

func TestFamiliesThatArePaidAtOnePlaceAreNamed(t *testing.T) {
	t.Parallel()
	// given two families that are paid to one account, as those of these tests are
	b := newBench(t)
	names := []string{b.anotherVerified(), b.anotherVerified()}
	slices.Sort(names)
	// when each is asked for alone, then one gets much, then both are asked for
	for i, test := range []struct {
		minor int64
		of    []string
		want  []string
	}{
		{100, names[:1], nil}, {100_001, names[:1], names[:1]}, {100, names, names},
	} {
		got, err := b.concentrated(test.minor, test.of...)
		must(t, err)
		slices.Sort(got)
		if !slices.Equal(got, test.want) {
			t.Errorf("%d: %v, want %v", i, got, test.want)
		}
	}
}

func TestAQuestionForWhatGoesTogetherIsCheckedByField(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.family()
	paid := func(name string, minor int64) *familiesv1.ListConcentratedFamiliesRequest_Paid {
		return &familiesv1.ListConcentratedFamiliesRequest_Paid{Family: name, MinorUnits: minor}
	}
	for field, req := range map[string]*familiesv1.ListConcentratedFamiliesRequest{
		"currencyCode":           {CurrencyCode: "eur", Families: []*familiesv1.ListConcentratedFamiliesRequest_Paid{paid(name, 1)}},
		"families":               {CurrencyCode: "EUR"},
		"families[0].family":     {CurrencyCode: "EUR", Families: []*familiesv1.ListConcentratedFamiliesRequest_Paid{paid(olga, 1)}},
		"families[1].family":     {CurrencyCode: "EUR", Families: []*familiesv1.ListConcentratedFamiliesRequest_Paid{paid(name, 1), paid(name, 1)}},
		"families[0].minorUnits": {CurrencyCode: "EUR", Families: []*familiesv1.ListConcentratedFamiliesRequest_Paid{paid(name, 0)}},
	} {
		_, err := b.disbursements().release.ListConcentratedFamilies(t.Context(), req)
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := b.concentrated(1, "families/f_00000000000000000000000000"); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("a family that is not there: %v", err)
	}
}
