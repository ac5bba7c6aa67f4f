/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MSRs that may be read at lockdown's level confidentiality
 *
 * An MSR is secret if it shows an address of the kernel, the flow of its code,
 * or its data. Counters, ratios, temperatures, energies, versions and the state
 * of mitigations are public: turbostat, powertop, mcelog and fwupd need them.
 * An MSR in neither table has not been reviewed, and is refused; review what it
 * holds before adding it.
 *
 * The numbers are those of Intel since family 6 and of AMD, from
 * <asm/msr-index.h> where it has them. An MSR in both tables is secret: models
 * differ.
 */

#ifndef _ARCH_X86_KERNEL_MSR_LOCKDOWN_H
#define _ARCH_X86_KERNEL_MSR_LOCKDOWN_H

#include <asm/cpu_device_id.h>
#include <asm/intel-family.h>
#include <asm/msr-index.h>

#include <linux/array_size.h>
#include <linux/types.h>

/* @last is 0 for a single register. */
struct msr_range {
	u32 first;
	u32 last;
};

struct msr_secret {
	const char *reason;
	u32 first;
	u32 last;
};

/*
 * The location of the kernel's code, stacks or data, as a virtual or physical
 * address
 */
static const char msr_address[] = "an address";

/* The branches taken, their context, and the controls of the recording */
static const char msr_code_flow[] = "the flow of code";

/* The contents of registers or of memory */
static const char msr_data[] = "data";

static const struct msr_secret msr_secrets[] = {
	/*
	 * KVM's first clock: the location of the pages of the guest's kernel
	 * for it
	 */
	{ msr_address, 0x011, 0x012 },
	/* The last branches, of Core 2 and Atom */
	{ msr_code_flow, MSR_LBR_CORE_FROM, MSR_LBR_CORE_FROM + 7 },
	{ msr_code_flow, MSR_LBR_CORE_TO, MSR_LBR_CORE_TO + 7 },
	/* Entry from 32-bit user mode: segment, stack and code */
	{ msr_address, MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_EIP },
	/* General registers at the time of a machine check */
	{ msr_data, MSR_IA32_MCG_EAX, MSR_IA32_MCG_EDI },
	{ msr_code_flow, MSR_LBR_SELECT, MSR_LBR_TOS },
	/* Stacks and entry points of FRED */
	{ msr_address, MSR_IA32_FRED_RSP0, MSR_IA32_FRED_CONFIG },
	{ msr_code_flow, MSR_IA32_DEBUGCTLMSR },
	{ msr_code_flow, MSR_IA32_LASTBRANCHFROMIP, MSR_IA32_LASTINTTOIP },
	/* Samples of code and data, and the selection of samples */
	{ msr_code_flow, MSR_IA32_PEBS_ENABLE, MSR_PEBS_FRONTEND },
	/* Intel PT: the location of its output, and its filters */
	{ msr_code_flow, MSR_IA32_RTIT_OUTPUT_BASE, MSR_IA32_RTIT_ADDR3_B },
	/* The buffers of PEBS and BTS */
	{ msr_address, MSR_IA32_DS_AREA },
	{ msr_code_flow, MSR_LBR_NHM_FROM, MSR_LBR_NHM_FROM + 31 },
	/* CET: shadow stacks */
	{ msr_address, MSR_IA32_U_CET, MSR_IA32_INT_SSP_TAB },
	{ msr_code_flow, MSR_LBR_NHM_TO, MSR_LBR_NHM_TO + 31 },
	/* MPX: the location of the table of bounds */
	{ msr_address, MSR_IA32_BNDCFGS },
	{ msr_code_flow, MSR_LBR_INFO_0, MSR_LBR_INFO_0 + 31 },
	{ msr_code_flow, MSR_ARCH_LBR_INFO_0, MSR_ARCH_LBR_INFO_0 + 31 },
	{ msr_code_flow, MSR_ARCH_LBR_CTL, MSR_ARCH_LBR_DEPTH },
	{ msr_code_flow, MSR_ARCH_LBR_FROM_0, MSR_ARCH_LBR_FROM_0 + 31 },
	{ msr_code_flow, MSR_ARCH_LBR_TO_0, MSR_ARCH_LBR_TO_0 + 31 },
	{ msr_address, MSR_IA32_HW_FEEDBACK_PTR },
	/* Hyper-V: the pages that the guest's kernel shares with it */
	{ msr_address, 0x40000000, 0x400001ff },
	/* KVM: likewise */
	{ msr_address, 0x4b564d00, 0x4b564dff },
	/* Entry from user mode: segments and code */
	{ msr_address, MSR_STAR, MSR_CSTAR },
	/* Addresses of the running task, and of the kernel for this CPU */
	{ msr_address, MSR_FS_BASE, MSR_KERNEL_GS_BASE },
	{ msr_code_flow, MSR_AMD64_LBR_SELECT, MSR_AMD_DBG_EXTN_CFG },
	/* The area in which SVM saves the host's state */
	{ msr_address, MSR_VM_HSAVE_PA },
	/* SEV: the pages that a guest's kernel shares with the host */
	{ msr_address, MSR_AMD64_SEV_ES_GHCB },
	{ msr_code_flow, MSR_AMD_SAMP_BR_FROM, MSR_AMD_SAMP_BR_FROM + 31 },
	/* Addresses of breakpoints */
	{ msr_code_flow, MSR_F16H_DR1_ADDR_MASK, MSR_F16H_DR3_ADDR_MASK },
	{ msr_code_flow, MSR_F16H_DR0_ADDR_MASK },
	/* IBS: samples of code, and of the addresses that it used */
	{ msr_code_flow, MSR_AMD64_IBSFETCHCTL, MSR_AMD64_IBSOPDATA4 },
	{ msr_address, MSR_SVSM_CAA },
};

/*
 * A write-only MSR is listed, too, so that reading it fails as always and not
 * with a denial.
 */
static const struct msr_range msr_public[] = {
	{ MSR_IA32_TSC },
	/* Identity, frequencies and features of the processor */
	{ MSR_IA32_PLATFORM_ID },
	{ MSR_IA32_APICBASE },
	{ MSR_IA32_EBL_CR_POWERON },
	{ MSR_EBC_FREQUENCY_ID },
	{ MSR_TEST_CTRL },
	{ MSR_SMI_COUNT },
	/* Cores and threads that are enabled */
	{ 0x035 },
	{ MSR_IA32_FEAT_CTL, MSR_IA32_TSC_ADJUST },
	/* Mitigations */
	{ MSR_IA32_SPEC_CTRL, MSR_IA32_PRED_CMD },
	/* Microcode, and the hash of the key that launches enclaves */
	{ MSR_IA32_UCODE_REV, MSR_IA32_SGXLEPUBKEYHASH3 },
	{ MSR_IA32_XAPIC_DISABLE_STATUS },
	/* Counts of events: perf counts them at this level, too */
	{ MSR_IA32_PERFCTR0, MSR_IA32_PERFCTR0 + 7 },
	{ MSR_FSB_FREQ, MSR_IA32_CORE_CAPS },
	/* Control of idle states */
	{ MSR_IA32_UMWAIT_CONTROL, MSR_PKG_CST_CONFIG_CONTROL },
	{ 0x0e4 },
	{ MSR_IA32_MPERF, MSR_IA32_APERF },
	/* Types of memory, see /proc/mtrr */
	{ 0x0fe },
	/* Mitigations, and vulnerabilities that the processor does not have */
	{ MSR_IA32_ARCH_CAPABILITIES, MSR_IA32_FLUSH_CMD },
	{ MSR_TSX_FORCE_ABORT },
	/* The cache's configuration */
	{ MSR_IA32_BBL_CR_CTL },
	{ MSR_IA32_BBL_CR_CTL3 },
	{ MSR_IA32_TSX_CTRL, MSR_IA32_MCU_OPT_CTRL },
	/* Availability of AES */
	{ 0x13c },
	{ MSR_MISC_FEATURES_ENABLES },
	/* Machine checks, which the kernel logs anyway */
	{ MSR_IA32_MCG_CAP, MSR_IA32_MCG_CTL },
	{ MSR_ERROR_CONTROL },
	/* Events that are counted */
	{ MSR_P6_EVNTSEL0, MSR_P6_EVNTSEL0 + 7 },
	/* Overclocking */
	{ 0x195 },
	/* Frequencies and temperatures, as they are and as they are set */
	{ MSR_IA32_PERF_STATUS, MSR_THERM2_CTL },
	{ MSR_IA32_MISC_ENABLE },
	{ MSR_IA32_TEMPERATURE_TARGET },
	{ MSR_MISC_FEATURE_CONTROL },
	{ MSR_OFFCORE_RSP_0, MSR_OFFCORE_RSP_1 },
	{ MSR_MISC_PWR_MGMT },
	{ 0x1ac, MSR_TURBO_RATIO_LIMIT2 },
	{ MSR_IA32_ENERGY_PERF_BIAS, MSR_IA32_PACKAGE_THERM_INTERRUPT },
	/* Extended features that are disabled */
	{ MSR_IA32_XFD, MSR_IA32_XFD_ERR },
	{ MSR_IA32_POWER_CTL },
	/* Types of memory */
	{ 0x200, 0x213 },
	{ 0x250, 0x26f },
	{ MSR_IA32_CR_PAT },
	/* Thresholds of corrected errors */
	{ MSR_IA32_MC0_CTL2, MSR_IA32_MC0_CTL2 + 31 },
	{ MSR_INTEGRITY_CAPS },
	{ 0x2ff },
	/* Counts of events, and selection of events */
	{ MSR_CORE_PERF_FIXED_CTR0, MSR_CORE_PERF_FIXED_CTR0 + 6 },
	{ MSR_PERF_METRICS },
	{ MSR_IA32_PERF_CAPABILITIES },
	{ MSR_CORE_PERF_FIXED_CTR_CTRL, MSR_CORE_PERF_GLOBAL_OVF_CTRL },
	/* Time in idle states */
	{ MSR_PKG_C3_RESIDENCY, MSR_KNL_CORE_C6_RESIDENCY },
	/* Banks of machine checks */
	{ MSR_IA32_MC0_CTL, MSR_IA32_MC0_CTL + 4 * 32 - 1 },
	/* Features of VMX */
	{ MSR_IA32_VMX_BASIC, MSR_IA32_VMX_PROCBASED_CTLS3 + 1 },
	/* Counts of events, in full width */
	{ MSR_IA32_PMC0, MSR_IA32_PMC0 + 7 },
	{ MSR_IA32_MCG_EXT_CTL },
	/* Currents, energies, power, their limits and units */
	{ MSR_VR_CURRENT_CONFIG, 0x603 },
	{ MSR_RAPL_POWER_UNIT },
	/* Latencies of idle states, and time in them */
	{ MSR_PKGC3_IRTL, MSR_PKG_C2_RESIDENCY },
	{ MSR_PKG_POWER_LIMIT, MSR_PKG_POWER_INFO },
	{ MSR_DRAM_POWER_LIMIT, MSR_DRAM_POWER_INFO },
	/* Ratios of the uncore */
	{ 0x620, 0x621 },
	{ MSR_PKG_C8_RESIDENCY, MSR_PKGC10_IRTL },
	{ MSR_PP0_POWER_LIMIT, MSR_PP0_PERF_STATUS },
	{ MSR_PP1_POWER_LIMIT, MSR_PP1_POLICY },
	/* Levels of TDP, ratios of turbo, reasons for less than that */
	{ MSR_CONFIG_TDP_NOMINAL, MSR_SECONDARY_TURBO_RATIO_LIMIT },
	/* Time that cores were in use, and a limit of power */
	{ MSR_PKG_WEIGHTED_CORE_C0_RES, 0x65c },
	{ MSR_CORE_C1_RES },
	{ MSR_MODULE_C6_RES_MS },
	{ MSR_CC6_DEMOTION_POLICY_CONFIG, MSR_ATOM_CORE_TURBO_VIDS },
	{ MSR_GFX_PERF_LIMIT_REASONS, MSR_RING_PERF_LIMIT_REASONS },
	/* Frequencies, as the hardware chooses them */
	{ MSR_PM_ENABLE, MSR_HWP_STATUS },
	/* Encryption of memory: its features and state */
	{ 0x981, 0x982 },
	/* State of the debug interface at the pins */
	{ 0xc80 },
	/* Shares of caches and bandwidths, and counts of their use */
	{ MSR_IA32_L3_QOS_CFG, MSR_IA32_L2_QOS_CFG },
	{ MSR_IA32_QM_EVTSEL, MSR_IA32_MBA_THRTL_BASE + 63 },
	/* Features that are saved for supervisors */
	{ MSR_IA32_XSS },
	{ MSR_IA32_HW_FEEDBACK_CONFIG },
	{ MSR_IA32_PMC_V6_GP0_CTR, MSR_IA32_PMC_V6_FX0_CTR + 63 },

	{ MSR_EFER },
	/* MPERF, APERF, retired instructions */
	{ 0xc00000e7, MSR_F17H_IRPERF },
	/* The number of the CPU and of its node */
	{ MSR_TSC_AUX, MSR_AMD64_TSC_RATIO },
	/* Shares of bandwidths */
	{ MSR_IA32_MBA_BW_BASE, MSR_IA32_MBA_BW_BASE + 15 },
	{ MSR_IA32_SMBA_BW_BASE, MSR_IA32_SMBA_BW_BASE + 15 },
	{ MSR_AMD64_PERF_CNTR_GLOBAL_STATUS,
	  MSR_AMD64_PERF_CNTR_GLOBAL_STATUS_SET },
	/* Banks of machine checks */
	{ 0xc0000408, 0xc000040f },
	{ 0xc0002000, 0xc0002fff },
	/* Counts of events, and selection of events */
	{ MSR_K7_EVNTSEL0, MSR_K7_PERFCTR3 },
	/* Configuration, and the end of memory */
	{ MSR_AMD64_SYSCFG },
	{ MSR_K7_HWCR },
	{ MSR_K8_TOP_MEM1, MSR_K8_TOP_MEM2 },
	{ MSR_AMD64_NB_CFG },
	{ MSR_K7_FID_VID_CTL, MSR_K7_FID_VID_STATUS },
	{ MSR_AMD64_MC0_MASK, MSR_AMD64_MC0_MASK + 7 },
	{ MSR_K8_INT_PENDING_MSG },
	{ MSR_FAM10H_MMIO_CONF_BASE },
	/* Frequencies and voltages, as they are and as they are set */
	{ 0xc0010061, 0xc001006b },
	{ 0xc0010070, 0xc0010071 },
	{ MSR_F15H_CU_PWR_ACCUMULATOR, MSR_F15H_CU_MAX_PWR_ACCUMULATOR },
	/* State of SVM, mitigations of guests, SEV, errata */
	{ MSR_VM_CR },
	{ MSR_AMD64_VIRT_SPEC_CTRL },
	{ MSR_AMD64_SEV },
	{ MSR_AMD64_OSVW_ID_LENGTH, MSR_AMD64_OSVW_STATUS },
	/* Counts of events, and selection of events */
	{ MSR_F15H_PERF_CTL, MSR_F15H_PERF_CTL + 11 },
	{ MSR_F16H_L2I_PERF_CTL, MSR_F16H_L2I_PERF_CTL + 11 },
	{ MSR_F15H_NB_PERF_CTL, MSR_F15H_NB_PERF_CTL + 7 },
	{ MSR_F15H_PTSC },
	/* Frequencies and energies */
	{ 0xc0010293 },
	{ MSR_AMD_RAPL_POWER_UNIT, MSR_AMD_PKG_ENERGY_STATUS },
	{ MSR_AMD_CPPC_CAP1, MSR_AMD_CPPC_STATUS },
	/* Machine checks that are masked */
	{ 0xc0010400, 0xc001043f },
	{ MSR_F19H_UMC_PERF_CTL, MSR_F19H_UMC_PERF_CTL + 0xff },
	/* Answers of CPUID, and the number of the node */
	{ MSR_AMD64_CPUID_FN_7, MSR_AMD64_CPUID_FN_1 + 1 },
	{ MSR_FAM10H_NODE_ID },
	/* Mitigations and workarounds */
	{ MSR_AMD64_LS_CFG, MSR_AMD64_TW_CFG },
	{ MSR_AMD64_FP_CFG, MSR_ZEN4_BP_CFG },
	{ MSR_ZEN2_SPECTRAL_CHICKEN },
};

/* On these models the MSR has limit reasons, on later ones a last branch. */
static const struct x86_cpu_id msr_short_lbr[] = {
	X86_MATCH_VFM(INTEL_HASWELL, NULL),
	X86_MATCH_VFM(INTEL_HASWELL_X, NULL),
	X86_MATCH_VFM(INTEL_HASWELL_L, NULL),
	X86_MATCH_VFM(INTEL_HASWELL_G, NULL),
	{}
};

static bool msr_in_range(u32 reg, u32 first, u32 last)
{
	return reg == first || (reg > first && reg <= last);
}

/*
 * Return: NULL if the MSR may be read at any level, or the cause of the
 * refusal, for the log.
 */
static const char *msr_secret(u32 reg)
{
	unsigned int i;

	if (reg == MSR_CORE_PERF_LIMIT_REASONS && x86_match_cpu(msr_short_lbr))
		return NULL;

	for (i = 0; i < ARRAY_SIZE(msr_secrets); i++) {
		if (msr_in_range(reg, msr_secrets[i].first,
				 msr_secrets[i].last))
			return msr_secrets[i].reason;
	}

	for (i = 0; i < ARRAY_SIZE(msr_public); i++) {
		if (msr_in_range(reg, msr_public[i].first, msr_public[i].last))
			return NULL;
	}

	return "unknown";
}

#endif /* _ARCH_X86_KERNEL_MSR_LOCKDOWN_H */
