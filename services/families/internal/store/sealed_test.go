package store_test

import (
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
)

func TestEverySealedColumnIsRegistered(t *testing.T) {
	t.Parallel()
	sealtest.CheckRegistered(t, store.Migrations(), slices.Concat(register.Sealed(), household.Sealed())...)
}
