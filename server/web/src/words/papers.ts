// Papers that are Chinese whatever the page's language: the registration form and the identity notice.
import type { Intake } from '../station/records';

/// 求助登记表, in the order of the rules of 2003, art. 3.
export const form = {
  title: '求助登记表',
  station: '救助站',
  number: '编号',
  arrived: '到站时间',
  name: '姓名',
  label: '工作代号',
  sex: '性别',
  age: '年龄',
  document: '身份证件',
  registered: '户口所在地',
  residence: '住所地',
  allowance: '低保或特困供养',
  reason: '流浪乞讨的原因',
  since: '时间',
  course: '经过',
  relatives: '近亲属和其他关系人',
  relativeName: '姓名',
  relation: '关系',
  relativeResidence: '住址',
  contact: '联系方式',
  belongings: '随身物品',
  voluntary: '本人自愿求助，以上情况属实。',
  person: '求助人签字（或按印）',
  clerk: '工作人员签字',
  date: '　　年　　月　　日',
  principle: '自愿受助，无偿救助。各项均可不填；不填不影响救助。',
};

export const sexes: Record<string, string> = { male: '男', female: '女' };
export const allowances: Record<string, string> = { none: '无', subsistence: '低保', extreme_poverty: '特困供养', unknown: '说不清' };

export function ageInWords(age: Intake['age']): string {
  if (age === null || age === undefined) return '';
  return Array.isArray(age) ? `约 ${age[0]}–${age[1]} 岁` : `${age} 岁`;
}

const day = (at: string) => {
  const date = new Date(at);
  return `${date.getFullYear()}年${date.getMonth() + 1}月${date.getDate()}日`;
};

interface NoticeFacts {
  intake: Intake;
  arrivedAt: string;
  district: string;
  appearance: string | null;
  station: string;
  phone: string;
}

/// 寻亲公告: what helps relatives to know the person, and how to reach the station. Nothing of health, of where
/// exactly the person was, or of what the person told.
export function noticeText({ intake, arrivedAt, district, appearance, station, phone }: NoticeFacts): string {
  const traits = [sexes[intake.sex ?? ''] ?? '性别不详', ageInWords(intake.age) || '年龄不详'].join('，');
  const lines = [
    '寻亲公告',
    `${day(arrivedAt)}，${station}接收一名暂时说不清自己身份的受助人员（工作代号 ${intake.label ?? ''}）。`,
    `${traits}。${district ? `发现于${district}。` : ''}`,
    appearance ? `到站时的衣着和随身物品：${appearance}。` : '',
    `知道其身份或亲属的，请与${station}联系${phone ? `：${phone}` : ''}。`,
    `公告日期：${day(new Date().toISOString())}`,
  ];
  return lines.filter(Boolean).join('\n');
}
