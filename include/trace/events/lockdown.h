/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events of lockdown
 *
 * They fire whether or not audit is enabled, and whether or not the log was
 * limited. Nothing of a decision is left when they do.
 */

#undef TRACE_SYSTEM
#define TRACE_SYSTEM lockdown

#if !defined(_TRACE_LOCKDOWN_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_LOCKDOWN_H

#include <linux/tracepoint.h>
#include <linux/types.h>

/**
 * lockdown_denied - an operation is denied, or would be
 * @reason: the name of the reason, as in lockdown_info/reasons
 * @object: the object of the operation, or an empty string
 * @verdict: "denied" or "evaluated"
 * @logged: the log gets this denial as well
 */
TRACE_EVENT(
	lockdown_denied,

	TP_PROTO(const char *reason, const char *object, const char *verdict,
		 bool logged),

	TP_ARGS(reason, object, verdict, logged),

	TP_STRUCT__entry(
		__string(reason, reason)
		__string(object, object)
		__string(verdict, verdict)
		__field(bool, logged)
	),

	TP_fast_assign(
		__assign_str(reason);
		__assign_str(object);
		__assign_str(verdict);
		__entry->logged = logged;
	),

	TP_printk("reason=%s verdict=%s logged=%d object=\"%s\"",
		  __get_str(reason), __get_str(verdict), __entry->logged,
		  __get_str(object))
);

/**
 * lockdown_raised - a raise of the level is complete
 * @level: the name of the level
 * @origin: the origin of the raise, as in lockdown_info/origin
 */
TRACE_EVENT(
	lockdown_raised,

	TP_PROTO(const char *level, const char *origin),

	TP_ARGS(level, origin),

	TP_STRUCT__entry(
		__string(level, level)
		__string(origin, origin)
	),

	TP_fast_assign(
		__assign_str(level);
		__assign_str(origin);
	),

	TP_printk("level=%s origin=\"%s\"", __get_str(level),
		  __get_str(origin))
);

#endif /* _TRACE_LOCKDOWN_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
