/** What each of the four mistakes in the lock bit breaks. */
import { rmapLockInReview } from '#model';
import { suite } from '#notation';
import { rmapLockClaims, reviewedVerdicts } from '../rmap-lock.ts';

export const rmapLockInReviewSuite = suite(rmapLockInReview, { ...rmapLockClaims, violated: reviewedVerdicts });
