import fc from 'fast-check';

/** A mutant that only some seeds catch would make the score a matter of chance. */
fc.configureGlobal({ seed: 20_260_101 });
