package rest

import (
	"context"
	"errors"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
)

// Services are connections to everything behind the gateway.
type Services struct {
	Access, Donations, Families, Disbursements, Ledger grpc.ClientConnInterface
}

// register adds the generated handlers of every service that has paths. A test
// holds the list against the contract.
func register(ctx context.Context, mux *runtime.ServeMux, s Services) error {
	return errors.Join(
		add(ctx, mux, s.Access, accessv1.NewStaffServiceClient, accessv1.RegisterStaffServiceHandlerClient),

		add(ctx, mux, s.Donations, donationsv1.NewPartnerServiceClient, donationsv1.RegisterPartnerServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewPartnerWebhookServiceClient, donationsv1.RegisterPartnerWebhookServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewFundServiceClient, donationsv1.RegisterFundServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewPledgeServiceClient, donationsv1.RegisterPledgeServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewDonationServiceClient, donationsv1.RegisterDonationServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewReceiptServiceClient, donationsv1.RegisterReceiptServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewRefundServiceClient, donationsv1.RegisterRefundServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewStripeItemServiceClient, donationsv1.RegisterStripeItemServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewBankGiftServiceClient, donationsv1.RegisterBankGiftServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewStripePayoutServiceClient, donationsv1.RegisterStripePayoutServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewGivingServiceClient, donationsv1.RegisterGivingServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewRecurringServiceClient, donationsv1.RegisterRecurringServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewForecastServiceClient, donationsv1.RegisterForecastServiceHandlerClient),
		add(ctx, mux, s.Donations, donationsv1.NewDonationPolicyServiceClient, donationsv1.RegisterDonationPolicyServiceHandlerClient),

		add(ctx, mux, s.Families, familiesv1.NewPrisonerServiceClient, familiesv1.RegisterPrisonerServiceHandlerClient),
		add(ctx, mux, s.Families, familiesv1.NewPrisonerImportServiceClient, familiesv1.RegisterPrisonerImportServiceHandlerClient),
		add(ctx, mux, s.Families, familiesv1.NewFamilyServiceClient, familiesv1.RegisterFamilyServiceHandlerClient),
		add(ctx, mux, s.Families, familiesv1.NewHouseholdServiceClient, familiesv1.RegisterHouseholdServiceHandlerClient),
		add(ctx, mux, s.Families, familiesv1.NewAidRequestServiceClient, familiesv1.RegisterAidRequestServiceHandlerClient),
		add(ctx, mux, s.Families, familiesv1.NewFamilyPolicyServiceClient, familiesv1.RegisterFamilyPolicyServiceHandlerClient),

		add(ctx, mux, s.Disbursements, disbursementsv1.NewAllocationRoundServiceClient, disbursementsv1.RegisterAllocationRoundServiceHandlerClient),
		add(ctx, mux, s.Disbursements, disbursementsv1.NewAwardServiceClient, disbursementsv1.RegisterAwardServiceHandlerClient),
		add(ctx, mux, s.Disbursements, disbursementsv1.NewPaymentPlanServiceClient, disbursementsv1.RegisterPaymentPlanServiceHandlerClient),
		add(ctx, mux, s.Disbursements, disbursementsv1.NewPaymentFileServiceClient, disbursementsv1.RegisterPaymentFileServiceHandlerClient),
		add(ctx, mux, s.Disbursements, disbursementsv1.NewPaymentServiceClient, disbursementsv1.RegisterPaymentServiceHandlerClient),
		add(ctx, mux, s.Disbursements, disbursementsv1.NewStatementServiceClient, disbursementsv1.RegisterStatementServiceHandlerClient),
		add(ctx, mux, s.Disbursements, disbursementsv1.NewInquiryServiceClient, disbursementsv1.RegisterInquiryServiceHandlerClient),
		add(ctx, mux, s.Disbursements, disbursementsv1.NewConfirmationServiceClient, disbursementsv1.RegisterConfirmationServiceHandlerClient),
		add(ctx, mux, s.Disbursements, disbursementsv1.NewRailServiceClient, disbursementsv1.RegisterRailServiceHandlerClient),
		add(ctx, mux, s.Disbursements, disbursementsv1.NewPolicyServiceClient, disbursementsv1.RegisterPolicyServiceHandlerClient),

		add(ctx, mux, s.Ledger, ledgerv1.NewLedgerServiceClient, ledgerv1.RegisterLedgerServiceHandlerClient),
		add(ctx, mux, s.Ledger, ledgerv1.NewLogServiceClient, ledgerv1.RegisterLogServiceHandlerClient),
		add(ctx, mux, s.Ledger, ledgerv1.NewAdjustmentServiceClient, ledgerv1.RegisterAdjustmentServiceHandlerClient),
		add(ctx, mux, s.Ledger, ledgerv1.NewPeriodServiceClient, ledgerv1.RegisterPeriodServiceHandlerClient),
	)
}

func add[C any](ctx context.Context, mux *runtime.ServeMux, conn grpc.ClientConnInterface,
	client func(grpc.ClientConnInterface) C, handlers func(context.Context, *runtime.ServeMux, C) error,
) error {
	return handlers(ctx, mux, client(conn))
}
