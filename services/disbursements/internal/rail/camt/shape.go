package camt

import (
	"fmt"
	"strings"
)

// many lists the elements of which a statement may have several.
func many() []string {
	return strings.Fields("Stmt Ntfctn Bal Ntry NtryDtls TxDtls Chrgs Rcrd Ustrd Strd")
}

// The versions that are read.
const (
	firstVersion = 2
	lastVersion  = 13
)

// versions returns the shape of every message that is read. The versions differ by
// additions, so one shape stands for all: what a later version may hold is not
// refused in an earlier one.
func versions() map[string]shape {
	all := map[string]shape{}
	for version := firstVersion; version <= lastVersion; version++ {
		all[fmt.Sprintf("camt.053.001.%02d", version)] = shape{"BkToCstmrStmt": {
			"GrpHdr": header(), "Stmt": statementShape("StmtPgntn AddtlStmtInf"), "SplmtryData": nil,
		}}
		all[fmt.Sprintf("camt.054.001.%02d", version)] = shape{"BkToCstmrDbtCdtNtfctn": {
			"GrpHdr": header(), "Ntfctn": statementShape("NtfctnPgntn AddtlNtfctnInf"), "SplmtryData": nil,
		}}
	}
	return all
}

// keeping makes a shape: the words of kept are elements with a text, those of
// passed are not looked into.
func keeping(kept, passed string, inner shape) shape {
	s := shape{}
	for name := range strings.FieldsSeq(passed) {
		s[name] = nil
	}
	for name := range strings.FieldsSeq(kept) {
		s[name] = shape{}
	}
	for name, content := range inner {
		s[name] = content
	}
	return s
}

func header() shape {
	return keeping("MsgId", "CreDtTm MsgRcpt MsgPgntn OrgnlBizQry AddtlInf", nil)
}

// statementShape is that of a statement or notification; own lists what only
// one of them has.
func statementShape(own string) shape {
	return keeping("Id ElctrncSeqNb LglSeqNb CreDtTm", own+" RptgSeq CpyDplctInd RptgSrc RltdAcct Intrst TxsSummry", shape{
		"FrToDt": keeping("FrDtTm ToDtTm", "", nil),
		"Acct": keeping("Ccy", "Tp Nm Prxy Ownr Svcr", shape{
			"Id": keeping("IBAN", "", shape{"Othr": keeping("Id", "SchmeNm Issr", nil)}),
		}),
		"Bal": keeping("Amt CdtDbtInd", "CdtLine Avlbty", shape{
			"Tp": keeping("", "SubTp", shape{"CdOrPrtry": keeping("Cd", "Prtry", nil)}),
			"Dt": day(),
		}),
		"Ntry": entryShape(),
	})
}

func entryShape() shape {
	return keeping("NtryRef Amt CdtDbtInd RvslInd AcctSvcrRef",
		"Avlbty ComssnWvrInd AddtlInfInd AmtDtls TechInptChanl Intrst CardTx AddtlNtryInf", shape{
			// Versions up to 6 write the status as text, later ones in Cd.
			"Sts": keeping("Cd", "Prtry", nil), "BookgDt": day(), "ValDt": day(), "BkTxCd": code(), "Chrgs": charges(),
			"NtryDtls": {
				"Btch":   keeping("MsgId PmtInfId NbOfTxs TtlAmt CdtDbtInd", "", nil),
				"TxDtls": detailShape(),
			},
		})
}

func detailShape() shape {
	return keeping("Amt CdtDbtInd", "Avlbty Intrst RltdAgts LclInstrm Purp RltdRmtInf RltdDts RltdPric "+
		"RltdQties FinInstrmId Tax CorpActn SfkpgAcct CshDpst CardTx AddtlTxInf SplmtryData", shape{
		"Refs": keeping("MsgId AcctSvcrRef PmtInfId InstrId EndToEndId TxId",
			"UETR MndtId ChqNb ClrSysRef AcctOwnrTxId AcctSvcrTxId MktInfrstrctrTxId PrcgId Prtry", nil),
		"AmtDtls": keeping("", "CntrValAmt AnncdPstngAmt PrtryAmt", shape{
			"TxAmt": keeping("Amt", "CcyXchg", nil), "InstdAmt": keeping("Amt", "CcyXchg", nil),
		}),
		"BkTxCd": code(), "Chrgs": charges(),
		"RmtInf": keeping("Ustrd", "", shape{
			"Strd": keeping("", "RfrdDocInf RfrdDocAmt Invcr Invcee TaxRmt GrnshmtRmt AddtlRmtInf", shape{
				"CdtrRefInf": keeping("Ref", "Tp", nil),
			}),
		}),
		"RltdPties": keeping("", "InitgPty Dbtr DbtrAcct UltmtDbtr Cdtr UltmtCdtr TradgPty Prtry", shape{
			"CdtrAcct": keeping("", "Tp Ccy Nm Prxy", shape{
				"Id": keeping("IBAN", "", shape{"Othr": keeping("Id", "SchmeNm Issr", nil)}),
			}),
		}),
		"RtrInf": keeping("", "OrgnlBkTxCd Orgtr AddtlInf", shape{"Rsn": keeping("Cd", "Prtry", nil)}),
	})
}

// charges is what the bank took for itself. Versions up to 3 have one element for
// each charge, later ones one with a record for each.
func charges() shape {
	return keeping("TtlChrgsAndTaxAmt Amt CdtDbtInd", "Tp Rate Br Pty Tax", shape{
		"Rcrd": keeping("Amt CdtDbtInd ChrgInclInd", "Tp Rate Br Agt Tax", nil),
	})
}

func day() shape { return keeping("Dt DtTm", "", nil) }

func code() shape {
	return keeping("", "Prtry", shape{"Domn": keeping("Cd", "", shape{"Fmly": keeping("Cd SubFmlyCd", "", nil)})})
}
