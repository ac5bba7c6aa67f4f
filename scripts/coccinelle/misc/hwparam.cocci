// SPDX-License-Identifier: GPL-2.0-only
///
/// A module parameter that names an I/O port, a physical address or an
/// interrupt is to be declared by module_param_hw() or its like: lockdown then
/// refuses to set it.
///
// Confidence: Moderate
// Comments: A parameter counts that is given to a function which accesses or
// claims hardware at the place where its argument says, and one that is called
// like those. An index into a table, or the number of a bit, may be meant.
// Options: --no-includes

virtual report
virtual org
virtual context

@use@
identifier x;
expression e;
@@

(
  inb(<+...x...+>)
|
  inb_p(<+...x...+>)
|
  inw(<+...x...+>)
|
  inl(<+...x...+>)
|
  outb(e, <+...x...+>)
|
  outb_p(e, <+...x...+>)
|
  outw(e, <+...x...+>)
|
  outl(e, <+...x...+>)
|
  ioport_map(<+...x...+>, ...)
|
  ioremap(<+...x...+>, ...)
|
  ioremap_wc(<+...x...+>, ...)
|
  ioremap_cache(<+...x...+>, ...)
|
  ioremap_uc(<+...x...+>, ...)
|
  memremap(<+...x...+>, ...)
|
  memremap_pages(<+...x...+>, ...)
|
  phys_to_virt(<+...x...+>)
|
  isa_bus_to_virt(<+...x...+>)
|
  request_region(<+...x...+>, ...)
|
  request_muxed_region(<+...x...+>, ...)
|
  request_mem_region(<+...x...+>, ...)
|
  devm_request_region(e, <+...x...+>, ...)
|
  devm_request_mem_region(e, <+...x...+>, ...)
|
  devm_ioremap(e, <+...x...+>, ...)
|
  devm_ioport_map(e, <+...x...+>, ...)
|
  DEFINE_RES_IO(<+...x...+>, ...)
|
  DEFINE_RES_MEM(<+...x...+>, ...)
|
  request_irq(<+...x...+>, ...)
|
  devm_request_irq(e, <+...x...+>, ...)
|
  request_dma(<+...x...+>, ...)
)

@unmarked@
identifier use.x;
identifier name;
position p;
declarer name module_param, module_param_array, module_param_named;
declarer name module_param_array_named;
@@

(
* module_param@p(x, ...);
|
* module_param_array@p(x, ...);
|
* module_param_named@p(name, x, ...);
|
* module_param_array_named@p(name, x, ...);
)

@called@
identifier y =~ "^(force_?|default_|my)?(io|iobase|ioport|ioaddr|io_?addr|base_?(port|addr)|irq|mem_?(base|addr|start|address)|addr|port|ports|address|physaddr|phys_?(base|addr)?|base|shmem|membase)s?$";
identifier z;
position p != unmarked.p;
declarer name module_param, module_param_array, module_param_named;
declarer name module_param_array_named;
@@

(
* module_param@p(y, ...);
|
* module_param_array@p(y, ...);
|
* module_param_named@p(y, z, ...);
|
* module_param_array_named@p(y, z, ...);
)

@script:python depends on report@
p << unmarked.p;
x << use.x;
@@

coccilib.report.print_report(p[0], "WARNING: parameter %s names hardware, use module_param_hw" % x)

@script:python depends on report@
p << called.p;
y << called.y;
@@

coccilib.report.print_report(p[0], "WARNING: parameter %s is called as if it named hardware, use module_param_hw" % y)

@script:python depends on org@
p << unmarked.p;
x << use.x;
@@

coccilib.org.print_todo(p[0], "WARNING: parameter %s names hardware, use module_param_hw" % x)

@script:python depends on org@
p << called.p;
y << called.y;
@@

coccilib.org.print_todo(p[0], "WARNING: parameter %s is called as if it named hardware, use module_param_hw" % y)
